package dev.switchboard.launcher.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.launcher.connect.Certificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateCheckTest {

    private static Site site(String root, HttpClient http) {
        return new Site(
                URI.create(root),
                Certificates.TRUSTED,
                http,
                "",
                "",
                "c",
                Duration.ofMillis(200),
                Duration.ofSeconds(20));
    }

    @Test
    void a_certificate_behind_an_http_proxy_is_not_known() {
        HttpClient http = HttpClient.newBuilder()
                .proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", 1)))
                .build();
        Site site = site("https://nowhere.invalid/", http);
        assertThat(new CertificateCheck(site, Clock.systemUTC()).find().verdict())
                .isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void a_server_that_goes_during_the_check_has_no_certificate_of_another_name(@TempDir Path folder) throws Exception {
        try (ServerSocket server = FakeCertificate.sockets(folder, "-validity", "2")
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread one = new Thread(() -> {
                try (Socket socket = server.accept()) {
                    server.close(); // so that the second handshake finds nothing
                    socket.getInputStream().read();
                } catch (IOException gone) {
                    // the check is over
                }
            });
            one.start();
            Finding finding = new CertificateCheck(
                            site("https://127.0.0.1:" + server.getLocalPort() + "/", HttpClient.newHttpClient()),
                            Clock.systemUTC())
                    .find();
            one.join();
            assertThat(finding.text()).isEqualTo("connection refused");
        }
    }
}
