package dev.switchboard.engine.redis;

import static dev.switchboard.engine.redis.Calls.append;
import static dev.switchboard.engine.redis.Calls.awaitReady;
import static dev.switchboard.engine.redis.Calls.bytes;
import static dev.switchboard.engine.redis.Calls.failureOf;
import static dev.switchboard.engine.redis.Calls.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.stream.IntStream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server behind TLS, whose certificate is for {@code localhost} and signs itself. */
class TlsTest {

    private static final String STORE_PASSWORD = "changeit";

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private static Path folder;

    @SuppressWarnings("NullAway.Init") // the first method sets it
    private static SSLContext trusting;

    private final RedisServer server = RedisServer.started();
    private final SSLContext before = current();

    private static SSLContext current() {
        try {
            return SSLContext.getDefault();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeAll
    static void createCertificate() throws IOException, InterruptedException, GeneralSecurityException {
        Path file = folder.resolve("store.p12");
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process process = new ProcessBuilder(
                        keytool.toString(),
                        "-genkeypair",
                        "-alias",
                        "redis",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        STORE_PASSWORD)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertThat(process.waitFor()).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, STORE_PASSWORD.toCharArray());
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("redis", store.getCertificate("redis"));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, STORE_PASSWORD.toCharArray());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        trusting = SSLContext.getInstance("TLS");
        trusting.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    }

    @AfterEach
    void stop() {
        SSLContext.setDefault(before);
        server.close();
    }

    private static Redis open(String host, int port) {
        return Redis.open(RedisUrl.list("rediss://" + host + ":" + port), settings(), new Inbox());
    }

    @Test
    void a_server_with_a_trusted_certificate_is_used() {
        SSLContext.setDefault(trusting);
        try (Proxy proxy = new Proxy(server.port(), trusting.getServerSocketFactory());
                Redis redis = open("localhost", proxy.port())) {
            awaitReady(redis);

            assertThat(Calls.of(append(redis.place("list").link(), "list", "a")))
                    .isEqualTo(1L);
        }
    }

    @Test
    void a_writer_that_is_stuck_is_freed_although_tls_waits_for_it() {
        SSLContext.setDefault(trusting);
        try (Proxy proxy = new Proxy(server.port(), trusting.getServerSocketFactory());
                Redis redis = open("localhost", proxy.port())) {
            awaitReady(redis);
            server.freeze();
            byte[] large = new byte[1 << 20];
            var calls = IntStream.range(0, 50)
                    .mapToObj(i -> redis.place("list").link().run(Calls.APPEND, List.of(bytes("list")), List.of(large)))
                    .toList();

            assertThat(failureOf(calls.get(0))).isInstanceOf(IOException.class);
            server.thaw();
            awaitReady(redis);
        }
    }

    @Test
    void a_certificate_for_another_name_is_refused() {
        SSLContext.setDefault(trusting);
        try (Proxy proxy = new Proxy(server.port(), trusting.getServerSocketFactory());
                Redis redis = open("127.0.0.1", proxy.port())) {
            await().untilAsserted(() -> assertThat(redis.fault()).contains("127.0.0.1", "subject alternative"));
        }
    }

    @Test
    void a_certificate_that_nothing_vouches_for_is_refused() {
        try (Proxy proxy = new Proxy(server.port(), trusting.getServerSocketFactory());
                Redis redis = open("localhost", proxy.port())) {
            await().untilAsserted(() -> assertThat(redis.fault()).contains("PKIX"));
        }
    }
}
