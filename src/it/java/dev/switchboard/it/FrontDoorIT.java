package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.failure.Row;
import dev.switchboard.failure.Seen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests in every container requests that are malformed, too large, or never complete. */
@ContainerTest
@Tag("executable")
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the field
class FrontDoorIT {

    /**
     * The longest time of a response. The promise is 100 ms on a quiet machine; with the fault it
     * takes 20 s or more.
     */
    private static final Duration SOON = Duration.ofSeconds(5);

    private static final String CONNECTION = "Connection: Upgrade";
    private static final String UPGRADE = "Upgrade: websocket";
    private static final String VERSION = "Sec-WebSocket-Version: 13";
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    private static final String LENGTH = "Content-Length: 60000";
    private static final String CHUNKED = "Transfer-Encoding: chunked";

    @ArquillianResource
    private URL url;

    private final List<Socket> opened = new ArrayList<>();

    @Deployment(testable = false)
    static WebArchive deployment() {
        return TestWar.with("front", Map.of("message.time", "2s"));
    }

    @AfterEach
    void closeAll() throws IOException {
        for (Socket socket : opened) {
            socket.close();
        }
    }

    private Socket send(String method, String path, String... headers) throws IOException {
        return sendBy("HTTP/1.1", method, path, headers);
    }

    private Socket sendBy(String protocol, String method, String path, String... headers) throws IOException {
        Socket socket = new Socket(url.getHost(), url.getPort());
        opened.add(socket);
        socket.setSoTimeout(20_000);
        StringBuilder head = new StringBuilder(method + " " + url.getPath() + path + " " + protocol + "\r\n")
                .append("Host: ")
                .append(url.getAuthority())
                .append("\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        write(socket, head.append("\r\n").toString());
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Returns the head of the next response. */
    private static String head(Socket socket) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                break;
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static int status(Socket socket) throws IOException {
        String[] words = head(socket).split("[ \r]", 3);
        return words.length < 2 ? 0 : Integer.parseInt(words[1]);
    }

    private int status(String method, String path, String... headers) throws IOException {
        return status(send(method, path, headers));
    }

    @Test
    @Row("S17")
    void requests_whose_bodies_never_come_block_no_thread(Seen seen) throws Exception {
        String foreign = "Origin: https://evil.example";
        for (int i = 0; i < 13; i++) { // of each kind; together more than the threads of any container
            for (String body : List.of(LENGTH, CHUNKED)) {
                send("GET", "health/live", body);
                send("GET", "", body);
                send("GET", "nothing", body);
                send("GET", "raw/x", body, foreign);
                send("POST", "raw/x", body, "Content-Type: image/png");
                send("POST", "raw/x", body, "Content-Type: text/plain");
                send("POST", "emulation", body, "Content-Type: image/png");
                send("POST", "api/info", body);
                send("GET", "raw/x", body, CONNECTION, UPGRADE, VERSION, KEY);
                send("GET", "raw/x", body, CONNECTION, UPGRADE, VERSION, KEY, foreign);
            }
        }
        Duration worst = Duration.ZERO;
        for (int i = 0; i < 5; i++) {
            long begin = System.nanoTime();
            assertThat(status("GET", "health/live")).isEqualTo(200);
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            worst = took.compareTo(worst) > 0 ? took : worst;
        }
        assertThat(worst).isLessThan(SOON);
        seen.note(
                "while " + opened.size() + " such requests stood, /health/live took up to " + worst.toMillis() + " ms");
    }

    @Test
    @Row("S17")
    void a_late_body_is_not_read_as_the_next_request() throws Exception {
        String late = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
        Socket socket = send("POST", "raw/x", "Content-Type: image/png", "Content-Length: " + late.length());
        assertThat(status(socket)).isEqualTo(415);
        socket.setSoTimeout(5_000); // longer than the time limit of a message
        String rest = rest(socket);
        socket.setSoTimeout(1_000);
        try {
            write(socket, late);
            rest += rest(socket);
        } catch (SocketException closed) {
            rest += "";
        }
        assertThat(rest).doesNotContain("HTTP/1.1");
    }

    /**
     * Returns the bytes that arrive until the end of the connection, or until none arrive for a
     * while.
     */
    private static String rest(Socket socket) throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try {
            for (int next = socket.getInputStream().read();
                    next >= 0;
                    next = socket.getInputStream().read()) {
                rest.write(next);
            }
        } catch (SocketTimeoutException | SocketException end) {
            return rest.toString(StandardCharsets.ISO_8859_1);
        }
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    @Test
    @Row("S18")
    void a_head_of_more_than_16_kib_is_refused(Seen seen) throws Exception {
        String large = "x".repeat(17_000);
        List<Integer> statuses = List.of(
                status("GET", "raw/x?x=" + large, CONNECTION, UPGRADE, VERSION, KEY),
                status("GET", "raw/x", "Cookie: a=" + large, CONNECTION, UPGRADE, VERSION, KEY),
                status("GET", "raw/x?x=" + large),
                status("GET", "health/live", "Cookie: a=" + large));
        assertThat(statuses).allMatch(status -> List.of(400, 414, 431).contains(status));
        assertThat(status("GET", "raw/x?x=" + "x".repeat(7_000), CONNECTION, UPGRADE, VERSION, KEY))
                .isEqualTo(101);
        seen.note("a query or a cookie of 17 kB: " + statuses);
    }

    @Test
    @Row("C20")
    void a_handshake_that_rfc_6455_refuses_is_refused(Seen seen) throws Exception {
        assertThat(status("GET", "raw/x", "Connection: keep-alive, Upgrade", "Upgrade: WebSocket", VERSION, KEY))
                .isEqualTo(101);
        assertThat(status("GET", "raw/x", "Connection: keep-alive", CONNECTION, UPGRADE, VERSION, KEY))
                .isEqualTo(101);
        assertThat(status("GET", "raw/x", UPGRADE, VERSION, KEY)).isEqualTo(400);
        for (String key : List.of(
                "",
                "qjaovfzeqzo=",
                "YWFhYWFhYWFhYWFhYWFh",
                "YWFhYWFhYWFhYWFhYWFhYWE=",
                "!!!!!!!!!!!!!!!!!!!!!!==",
                "A".repeat(4000))) {
            assertThat(status("GET", "raw/x", CONNECTION, UPGRADE, VERSION, "Sec-WebSocket-Key: " + key))
                    .as(key)
                    .isEqualTo(400);
        }
        assertThat(status("GET", "raw/x", CONNECTION, UPGRADE, VERSION)).isEqualTo(400);
        assertThat(status("GET", "raw/x", CONNECTION, UPGRADE, VERSION, KEY, KEY))
                .isEqualTo(400);
        assertThat(status("POST", "raw/x", CONNECTION, UPGRADE, VERSION, KEY)).isEqualTo(405);
        assertThat(status("GET", "raw/x", CONNECTION, UPGRADE, VERSION, KEY, "Content-Length: 5"))
                .isEqualTo(400);
        assertThat(status(sendBy("HTTP/1.0", "GET", "raw/x", CONNECTION, UPGRADE, VERSION, KEY)))
                .isEqualTo(400);
        assertThat(status("GET", "raw/x/", CONNECTION, UPGRADE, VERSION, KEY)).isEqualTo(404);
        for (String path : List.of("raw/x", "connection/websocket")) {
            for (String version : List.of("Sec-WebSocket-Version: 12", "X-Nothing: 13")) {
                assertThat(head(send("GET", path, CONNECTION, UPGRADE, version, KEY)))
                        .containsPattern("^HTTP/1.[01] 4(00|26)")
                        .containsIgnoringCase(VERSION);
            }
        }
        seen.note("keys, methods, protocols and paths that are none: 400, 404 or 405, never 101");
    }

    @Test
    @Row("C21")
    void a_handshake_without_upgrade_gets_an_error_that_names_the_proxy() throws Exception {
        for (Socket socket : List.of(
                send("GET", "raw/x", VERSION, KEY),
                send("GET", "raw/x", "Connection: close", VERSION, KEY),
                send("GET", "connection/websocket", "Connection: close", VERSION, KEY),
                send("GET", "connection/websocket"))) {
            socket.setSoTimeout(1_000);
            assertThat(rest(socket))
                    .startsWith("HTTP/1.1 426 ")
                    .containsIgnoringCase("Upgrade: websocket")
                    .contains("a proxy before this server has dropped the headers Upgrade and Connection");
        }
    }

    @Test
    void a_path_that_a_container_would_change_is_refused_with_400_by_every_endpoint() throws Exception {
        for (String path : List.of("raw/a%2Fb", "raw/a%2fb", "raw/a%5Cb", "raw/a%5cb", "raw/a%7Bb", "raw/a%7db")) {
            List<Integer> statuses = List.of(
                    status("GET", path, CONNECTION, UPGRADE, VERSION, KEY),
                    status("GET", path),
                    status("POST", path, "Content-Length: 0"));
            assertThat(statuses).as(path).containsOnly(400);
        }
    }

    @Test
    void a_dot_segment_is_no_channel() throws Exception {
        for (String path : List.of("raw/..", "raw/%2e%2E", "raw/.")) {
            assertThat(status("GET", path, CONNECTION, UPGRADE, VERSION, KEY))
                    .as(path)
                    .isNotEqualTo(101);
            assertThat(status("POST", path, "Content-Length: 0")).as(path).isNotEqualTo(204);
        }
    }

    @Test
    void a_url_must_name_one_channel() throws Exception {
        for (String[] request : new String[][] {{CONNECTION, UPGRADE, VERSION, KEY}, {}}) {
            assertThat(status("GET", "raw", request)).isEqualTo(404);
            assertThat(status("GET", "raw?channel=a&channel=b", request)).isEqualTo(400);
            assertThat(status("GET", "raw/a?channel=a", request)).isEqualTo(400);
        }
    }

    @Test
    void trace_is_405_and_a_body_that_is_too_large_is_413() throws Exception {
        for (String path : Arrays.asList("", "raw/x", "health/live", "nothing")) {
            assertThat(status("TRACE", path)).as(path).isEqualTo(405);
        }
        assertThat(status("POST", "raw/x", "Content-Type: text/plain", "Content-Length: 3000000"))
                .isEqualTo(413);
    }
}
