package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the streaming responses of {@code java -jar}. */
class StreamsIT {

    private static final String CONNECT = "{\"id\":1,\"connect\":{}}";

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static String request(String kind) {
        return switch (kind) {
            case "http_stream" ->
                "POST /connection/http_stream HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: "
                        + CONNECT.length() + "\r\n\r\n" + CONNECT;
            case "sse" ->
                "GET /connection/sse?cf_connect=" + URLEncoder.encode(CONNECT, UTF_8)
                        + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
            default -> "GET /raw/quiet HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        };
    }

    private static double clients(CommandLine server) throws IOException {
        try (InputStream page = server.url().resolve("metrics").toURL().openStream()) {
            return new String(page.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("switchboard_clients "))
                    .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
                    .sum();
        }
    }

    /** With the fault, the relay noticed after 24 to 55 seconds. */
    @Test
    void the_relay_removes_a_client_at_once_when_it_closes_its_idle_stream() throws Exception {
        try (CommandLine server = CommandLine.server()) {
            for (String kind : List.of("raw", "sse", "http_stream")) {
                for (boolean reset : new boolean[] {false, true}) {
                    try (Socket client =
                            new Socket(server.url().getHost(), server.url().getPort())) {
                        client.getOutputStream().write(request(kind).getBytes(UTF_8));
                        await().until(() -> clients(server) == 1);
                        client.setSoLinger(reset, 0);
                    }
                    await().atMost(Duration.ofSeconds(5)).until(() -> clients(server) == 0);
                }
            }
        }
    }

    @Test
    void a_stream_goes_on_when_another_request_follows_on_its_connection() throws Exception {
        try (CommandLine server = CommandLine.server();
                Socket client = new Socket(server.url().getHost(), server.url().getPort())) {
            client.getOutputStream().write(request("raw").getBytes(UTF_8));
            await().until(() -> clients(server) == 1);
            client.getOutputStream().write("\r\nGET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(UTF_8));
            assertThat(publish(server.url(), "still there")).isEqualTo(204);
            StringBuilder heard = new StringBuilder();
            client.setSoTimeout(30_000);
            while (!heard.toString().contains("data: still there")) {
                int next = client.getInputStream().read();
                assertThat(next).isNotNegative();
                heard.append((char) next);
            }
            assertThat(heard).containsOnlyOnce("HTTP/1.1 ").contains("Connection: close");
        }
    }

    private static int publish(URI url, String text) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(url.resolve("raw/quiet"))
                .POST(BodyPublishers.ofString(text))
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw/quiet", "connection/sse?cf_connect=%7B%22id%22%3A1%2C%22connect%22%3A%7B%7D%7D"})
    void a_proxy_that_compresses_passes_each_event_on_at_once(String path, @TempDir Path folder) throws Exception {
        Assumptions.assumeTrue(HaProxy.isThere(), "no haproxy on this machine");
        try (CommandLine server = CommandLine.server();
                HaProxy proxy = HaProxy.compressing(server.url(), folder);
                HttpStream events = new HttpStream(
                        HTTP,
                        HttpRequest.newBuilder(proxy.url().resolve(path))
                                .header("Accept-Encoding", "gzip")
                                .build())) {
            assertThat(events.header("Content-Encoding")).isEmpty();
            assertThat(events.header("Cache-Control")).isEqualTo("no-store, no-transform");
            if (path.startsWith("raw")) {
                for (int i = 0; i < 3; i++) {
                    assertThat(publish(server.url(), "message " + i)).isEqualTo(204);
                    events.after("data: message " + i);
                }
            } else {
                assertThat(events.next()).contains("\"connect\":");
            }
        }
    }

    /** Without a small send buffer, the reader gets 700 kB and more of old messages. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
                "Accept: text/event-stream"
            })
    void a_reader_that_pauses_in_a_latest_channel_gets_few_old_messages(String head, @TempDir Path folder)
            throws Exception {
        Path rules =
                Files.writeString(folder.resolve("rules.json"), "{\"namespaces\":{\"price\":{\"slow\":\"latest\"}}}");
        try (CommandLine server = CommandLine.server("-Dswitchboard.rules=" + rules);
                Socket reader = new Socket();
                RawSocket fast = new RawSocket(server.raw("price:x")).joined();
                RawSocket publisher = new RawSocket(server.raw("price:x")).joined()) {
            reader.setReceiveBufferSize(16 * 1024);
            reader.setSoTimeout(30_000);
            reader.connect(
                    new InetSocketAddress(server.url().getHost(), server.url().getPort()));
            reader.getOutputStream()
                    .write(("GET /raw/price:x HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head + "\r\n\r\n").getBytes(UTF_8));
            await().until(() -> clients(server) == 3);
            String text = "x".repeat(100);
            for (int i = 0; i < 10_000; i++) {
                publisher.send(text);
            }
            publisher.send("the newest");
            for (String heard = ""; !heard.equals("the newest"); ) {
                heard = fast.next().text();
            }
            StringBuilder read = new StringBuilder();
            byte[] buffer = new byte[4096];
            while (read.indexOf("the newest", read.length() - 2 * buffer.length) < 0) {
                int count = reader.getInputStream().read(buffer);
                assertThat(count).isPositive();
                read.append(new String(buffer, 0, count, ISO_8859_1));
            }
            assertThat(read).hasSizeLessThan(64 * 1024);
        }
    }
}
