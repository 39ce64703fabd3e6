package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.failure.Seen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.CookieManager;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Tests the HTTP fallback in every container: the client protocol by streams and requests, and raw
 * channels.
 */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class FallbackIT {

    private static final String BRISK = "brisk";
    private static final String LEAVING = "leaving";

    private static final String JSON = "application/json";
    private static final String BYTES = "application/octet-stream";
    private static final String STREAM = "connection/http_stream";
    private static final String CONNECT = "{\"id\":1,\"connect\":{}}";

    private static final int MAX_MESSAGE = 65_536;
    private static final int HISTORY_BYTES = 4_000_000;

    private static final Pattern SESSION =
            Pattern.compile("\"session\":\"([0-9a-f]{32})\",\"node\":\"([0-9a-f]{32})\"");

    private final ServerLog log = new ServerLog();
    private final String channel = "c-" + UUID.randomUUID();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @ArquillianResource
    private URL url;

    @ArquillianResource
    private Deployer deployer;

    @Deployment(testable = false)
    static WebArchive normal() {
        return TestWar.withLogin(
                "fallback", Map.of("origins", "https://friend.example", "history.bytes", "" + HISTORY_BYTES));
    }

    @Deployment(name = BRISK, managed = false, testable = false)
    static WebArchive brisk() {
        return TestWar.with(
                BRISK,
                Map.of(
                        "ping.interval", "2s",
                        "pong.timeout", "2s",
                        "write.timeout", "3s",
                        "outbox.age", "3s",
                        "message.time", "2s"));
    }

    @Deployment(name = LEAVING, managed = false, testable = false)
    static WebArchive leaving() {
        return TestWar.with(LEAVING, Map.of());
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    /** A client without WebSocket, with its own cookies. */
    private final class StreamClient {
        private final URI root;
        private final HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .cookieHandler(new CookieManager())
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        private String session = "";
        private String node = "";

        StreamClient() {
            this(url.getPath());
        }

        StreamClient(String path) {
            root = URI.create("http://" + url.getHost() + ":" + url.getPort() + path);
        }

        StreamClient loggedIn(String user) throws Exception {
            assertThat(get("account/name")).isEqualTo("who are you?");
            post(
                    "j_security_check",
                    "application/x-www-form-urlencoded",
                    "j_username=" + user + "&j_password=" + user + "-password");
            assertThat(get("account/name")).isEqualTo(user);
            return this;
        }

        HttpRequest.Builder to(String path, String... headers) {
            HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path));
            return headers.length == 0 ? request : request.headers(headers);
        }

        HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
            return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }

        String get(String path) throws Exception {
            return send(to(path)).body();
        }

        HttpResponse<String> post(String path, String type, String body, String... headers) throws Exception {
            return send(to(path, headers).setHeader("Content-Type", type).POST(BodyPublishers.ofString(body)));
        }

        HttpStream stream(HttpRequest.Builder request) throws Exception {
            HttpStream stream = new HttpStream(http, request.build());
            opened.add(stream);
            return stream;
        }

        HttpStream events(String path, String... headers) throws Exception {
            HttpStream stream = stream(to(path, headers));
            assertThat(stream.status()).isEqualTo(200);
            assertThat(stream.header("Content-Type")).startsWith("text/event-stream");
            return stream;
        }

        /** Connects by an {@code http_stream}. */
        HttpStream connected() throws Exception {
            return connected(stream(to(STREAM, "Content-Type", JSON).POST(BodyPublishers.ofString(CONNECT))));
        }

        HttpStream connected(HttpStream stream) throws Exception {
            assertThat(stream.status()).isEqualTo(200);
            Matcher answer = SESSION.matcher(stream.next());
            assertThat(answer.find()).isTrue();
            session = answer.group(1);
            node = answer.group(2);
            return stream;
        }

        HttpResponse<String> command(String command) throws Exception {
            return emulate(session, node, command);
        }

        HttpResponse<String> emulate(String to, String at, String command) throws Exception {
            String data = command.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
            String body = "{\"session\":\"" + to + "\",\"node\":\"" + at + "\",\"data\":\"" + data + "\"}";
            return post("emulation", JSON, body);
        }

        void say(String command) throws Exception {
            HttpResponse<String> response = command(command);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(204);
        }

        double metric(String name) throws Exception {
            return get("metrics")
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static String sse() {
        return "connection/sse?cf_connect=" + URLEncoder.encode(CONNECT, UTF_8);
    }

    private static String subscribe(String to) {
        return "{\"id\":2,\"subscribe\":{\"channel\":\"" + to + "\",\"recoverable\":true}}";
    }

    private static void assertProblem(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith(JSON);
        String code = switch (status) {
            case 400 -> "107|3501";
            case 403 -> "103";
            case 404 -> "102|108";
            case 413 -> "106";
            case 503 -> "100";
            default -> "107";
        };
        assertThat(response.body()).matches("\\{\"error\":\\{\"code\":(" + code + "),\"message\":\"[^\"]+\"}}\\n");
    }

    @Test
    @Row("C19")
    void each_kind_of_stream_tells_proxies_not_to_buffer_it(Seen seen) throws Exception {
        StreamClient client = new StreamClient();
        for (HttpStream stream :
                List.of(client.connected(), client.connected(client.events(sse())), client.events("raw/" + channel))) {
            assertThat(stream.header("Cache-Control")).isEqualTo("no-store, no-transform");
            assertThat(stream.header("X-Accel-Buffering")).isEqualTo("no");
        }
        seen.note("no-store, no-transform on each of the three kinds");
    }

    @Test
    void both_kinds_of_stream_serve_the_client_protocol() throws Exception {
        StreamClient ann = new StreamClient();
        HttpStream lines = ann.connected();
        StreamClient bob = new StreamClient();
        HttpStream events = bob.connected(bob.events(sse()));
        ann.say(subscribe(channel));
        assertThat(lines.next()).startsWith("{\"id\":2,\"subscribe\":{\"recoverable\":true,\"positioned\":true");
        bob.say(subscribe(channel));
        assertThat(events.next()).startsWith("data: {\"id\":2,\"subscribe\":");

        bob.say("{\"id\":3,\"publish\":{\"channel\":\"" + channel + "\",\"data\":{\"text\":\"Grüße\"}}}");
        assertThat(lines.next())
                .contains("\"pub\":{\"data\":{\"text\":\"Grüße\"}")
                .contains("\"offset\":1");
        ann.say("{\"id\":4,\"presence_stats\":{\"channel\":\"" + channel + "\"}}\n{\"id\":5,\"history\":{\"channel\":\""
                + channel + "\",\"limit\":10}}");
        assertThat(lines.next()).isEqualTo("{\"id\":4,\"presence_stats\":{\"num_clients\":2,\"num_users\":1}}");
        assertThat(lines.next()).startsWith("{\"id\":5,\"history\":{\"publications\":[{\"data\":{\"text\":\"Grüße\"}");
    }

    @Test
    void one_request_may_subscribe_to_all_channels_of_a_client() throws Exception {
        StreamClient ann = new StreamClient();
        HttpStream lines = ann.connected();
        ann.say(IntStream.range(0, 128)
                .mapToObj(i -> "{\"id\":" + (i + 2) + ",\"subscribe\":{\"channel\":\"" + channel + i + "\",\"data\":\""
                        + "x".repeat(2_400) + "\"}}")
                .collect(Collectors.joining("\n")));
        for (int i = 0; i < 128; i++) {
            assertThat(lines.next()).isEqualTo("{\"id\":" + (i + 2) + ",\"subscribe\":{}}");
        }
        String subscribes = subscribe(channel) + " ".repeat(MAX_MESSAGE - 100) + "\n" + subscribe(channel);
        assertProblem(
                ann.command(subscribes + "\n{\"id\":3,\"publish\":{\"channel\":\"" + channel + "\",\"data\":\""
                        + "x".repeat(MAX_MESSAGE) + "\"}}"),
                413);
    }

    @Test
    void the_relay_reads_large_bodies_on_kept_connections_to_their_end() throws Exception {
        StreamClient ann = new StreamClient();
        String body = "{\"session\":\"x\",\"node\":\"y\",\"data\":\"" + "x".repeat(2 * MAX_MESSAGE) + "\"}";
        for (int i = 0; i < 1_000; i++) {
            HttpResponse<String> response = ann.post("emulation", JSON, body);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(404);
        }
    }

    @Test
    void a_client_that_reconnects_recovers_what_it_missed() throws Exception {
        StreamClient ann = new StreamClient();
        HttpStream first = ann.connected();
        ann.say(subscribe(channel));
        String epoch = first.next().replaceAll(".*\"epoch\":\"([^\"]+)\".*", "$1");
        first.close();
        assertThat(ann.post("raw/" + channel, "text/plain", "missed").statusCode())
                .isEqualTo(204);
        HttpStream second = ann.connected();
        ann.say("{\"id\":2,\"subscribe\":{\"channel\":\"" + channel
                + "\",\"recoverable\":true,\"recover\":true,\"offset\":0,\"epoch\":\"" + epoch + "\"}}");
        assertThat(second.next()).contains("\"recovered\":true").contains("\"data\":\"missed\"");
    }

    @Test
    void a_stream_ends_with_the_reason_of_its_end() throws Exception {
        StreamClient ann = new StreamClient();
        HttpStream lines = ann.connected();
        ann.say("{\"send\":{\"data\":1}}");
        assertThat(lines.next()).isEqualTo("{\"push\":{\"disconnect\":{\"code\":3508,\"reason\":\"not available\"}}}");
        assertThat(lines.next()).isEqualTo(HttpStream.END);
        assertProblem(ann.command("{}"), 404);

        String forged = "{\"id\":1,\"connect\":{\"token\":\"x.y.z\"}}";
        HttpStream refused = ann.stream(ann.to("connection/sse?cf_connect=" + URLEncoder.encode(forged, UTF_8)));
        assertThat(refused.next())
                .isEqualTo("data: {\"push\":{\"disconnect\":{\"code\":3500,\"reason\":\"invalid token\"}}}");
        assertThat(refused.next()).isEqualTo(HttpStream.END);
    }

    @Test
    void the_replies_to_a_batch_are_in_the_order_of_its_commands() throws Exception {
        StreamClient client = new StreamClient();
        HttpStream lines = client.connected();
        client.say(IntStream.range(0, 500)
                .mapToObj(i -> "{\"id\":" + (i + 2) + ",\"unsubscribe\":{\"channel\":\"" + channel + i + "\"}}")
                .collect(Collectors.joining("\n")));
        for (int i = 0; i < 500; i++) {
            assertThat(lines.next()).isEqualTo("{\"id\":" + (i + 2) + ",\"unsubscribe\":{}}");
        }
        client.say(IntStream.range(0, 100)
                        .mapToObj(i -> "{\"id\":" + (i + 2) + ",\"ping\":{}}")
                        .collect(Collectors.joining("\n"))
                + "\nnonsense");
        for (int i = 0; i < 100; i++) {
            assertThat(lines.next()).isEqualTo("{\"id\":" + (i + 2) + ",\"ping\":{}}");
        }
        assertThat(lines.next()).contains("\"disconnect\":{\"code\":3501,");
        assertThat(lines.next()).isEqualTo(HttpStream.END);
    }

    @Test
    @Row("A15")
    void a_client_cannot_send_for_another_client_or_learn_which_clients_exist(Seen seen) throws Exception {
        StreamClient anna = new StreamClient().loggedIn("anna");
        HttpStream lines = anna.connected();
        StreamClient bert = new StreamClient().loggedIn("bert");
        StreamClient stranger = new StreamClient();
        String command = subscribe(channel);
        anna.say(command);
        lines.next();
        String unknown = "0".repeat(32);
        Set<String> answers = new HashSet<>();
        for (HttpResponse<String> refused : List.of(
                bert.emulate(anna.session, anna.node, command),
                stranger.emulate(anna.session, anna.node, command),
                anna.emulate(unknown, anna.node, command),
                anna.emulate(anna.session, unknown, command),
                anna.emulate("", "", command))) {
            assertProblem(refused, 404);
            answers.add(refused.body());
        }
        assertThat(answers).hasSize(1);

        String start = "{\"id\":3,\"publish\":{\"channel\":\"" + channel + "\",\"data\":\"";
        String fill = "\\\"".repeat((MAX_MESSAGE - start.length() - 3) / 2);
        String largest = start + fill + "\"}}";
        largest = largest + " ".repeat(MAX_MESSAGE - largest.length());
        assertProblem(anna.command(largest + " "), 413);
        assertProblem(anna.command(largest + " ".repeat(3 * MAX_MESSAGE)), 413);
        anna.say(largest);
        assertThat(lines.after("{\"id\":3,\"publish\":{}}")).doesNotContain("error");
        seen.note(
                "one and the same 404 for a foreign login, an unknown session and an unknown node; 65,537 bytes are 413");
    }

    @Test
    @Row("A15")
    void parallel_requests_are_done_once_each_and_in_their_order(Seen seen) throws Exception {
        StreamClient ann = new StreamClient();
        HttpStream lines = ann.connected();
        ann.say(subscribe(channel));
        lines.next();
        int threads = 10;
        int each = 30;
        ExecutorService senders = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Void>> sending = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int sender = i;
                sending.add(senders.submit(() -> {
                    for (int n = 0; n < each; n++) {
                        ann.say("{\"id\":" + (100 + sender * each + n) + ",\"publish\":{\"channel\":\"" + channel
                                + "\",\"data\":[" + sender + "," + n + "]}}");
                    }
                    return null;
                }));
            }
            int[] next = new int[threads];
            for (int i = 0; i < threads * each; ) {
                String line = lines.next();
                Matcher data = Pattern.compile("\"data\":\\[(\\d+),(\\d+)]").matcher(line);
                if (data.find()) {
                    assertThat(Integer.parseInt(data.group(2)))
                            .as(line)
                            .isEqualTo(next[Integer.parseInt(data.group(1))]++);
                    i++;
                }
            }
            for (Future<Void> sender : sending) {
                sender.get();
            }
        } finally {
            senders.shutdownNow();
        }
        seen.note(threads * each + " commands of " + threads + " senders at once, each done once and in its order");
    }

    @Test
    void bad_requests_get_an_error_and_do_not_harm_other_clients() throws Exception {
        StreamClient ann = new StreamClient();
        HttpStream lines = ann.connected();
        String emulation = "{\"session\":\"" + ann.session + "\",\"node\":\"" + ann.node + "\",\"data\":\"{}\"}";
        record Bad(int status, String method, String path, String type, String body) {}
        String large = "x".repeat(MAX_MESSAGE + 1);
        for (Bad bad : List.of(
                new Bad(405, "GET", STREAM, JSON, ""),
                new Bad(405, "PUT", STREAM, JSON, CONNECT),
                new Bad(415, "POST", STREAM, "text/plain", CONNECT),
                new Bad(415, "POST", STREAM, "application/x-www-form-urlencoded", CONNECT),
                new Bad(413, "POST", STREAM, JSON, large),
                new Bad(400, "POST", STREAM, JSON, ""),
                new Bad(400, "POST", STREAM, JSON, "{"),
                new Bad(400, "POST", STREAM, JSON, "{\"id\":1,\"connect\":{},\"connect\":{}}"),
                new Bad(400, "POST", STREAM, JSON, "{\"id\":1,\"publish\":{\"channel\":\"c\",\"data\":1}}"),
                new Bad(400, "POST", STREAM, BYTES, CONNECT),
                new Bad(405, "POST", "connection/sse", JSON, CONNECT),
                new Bad(400, "GET", "connection/sse", "", ""),
                new Bad(400, "GET", "connection/sse?cf_connect=%7B", "", ""),
                new Bad(400, "GET", "connection/sse?cf_connect=%7B%7D%0A%7B%7D", "", ""),
                new Bad(405, "GET", "emulation", "", ""),
                new Bad(415, "POST", "emulation", "text/plain", emulation),
                new Bad(400, "POST", "emulation", JSON, ""),
                new Bad(400, "POST", "emulation", JSON, "{"),
                new Bad(400, "POST", "emulation", JSON, "[]"),
                new Bad(400, "POST", "emulation", JSON, emulation + emulation),
                new Bad(400, "POST", "emulation", JSON, emulation.replace("\"data\":\"{}\"", "\"data\":{}")),
                new Bad(400, "POST", "emulation", JSON, emulation.replace("\"data\"", "\"node\":\"\",\"data\"")),
                new Bad(400, "POST", "emulation", BYTES, emulation),
                new Bad(413, "POST", "emulation", JSON, large.repeat(11)),
                new Bad(405, "PUT", "raw/" + channel, "text/plain", "x"),
                new Bad(405, "DELETE", "raw/" + channel, "", ""),
                new Bad(415, "POST", "raw/" + channel, "application/xml", "<x/>"),
                new Bad(415, "POST", "raw/" + channel, "multipart/form-data; boundary=x", "x"),
                new Bad(415, "POST", "raw/" + channel, "text/plain; charset=ISO-8859-1", "x"),
                new Bad(413, "POST", "raw/" + channel, "text/plain", large),
                new Bad(400, "POST", "raw/a%0Ab", "text/plain", "x"),
                new Bad(400, "GET", "raw/a%0Ab", "", ""),
                new Bad(400, "GET", "raw/" + channel + "?history=x", "", ""),
                new Bad(400, "GET", "raw/" + channel + "?echo=maybe", "", ""),
                new Bad(404, "GET", "raw/", "", ""),
                new Bad(404, "GET", "raw/a/b", "", ""),
                new Bad(404, "POST", "raw/a/b", "text/plain", "x"))) {
            HttpRequest.Builder request = ann.to(bad.path)
                    .method(
                            bad.method,
                            bad.method.startsWith("P") ? BodyPublishers.ofString(bad.body) : BodyPublishers.noBody());
            if (!bad.type.isEmpty()) {
                request.setHeader("Content-Type", bad.type);
            }
            HttpResponse<String> response = ann.send(request);
            assertThat(response.statusCode()).as("%s: %s", bad, response.body()).isEqualTo(bad.status);
            assertProblem(response, bad.status);
        }
        byte[] noText = {(byte) 0xC3, 0x28};
        for (String path : List.of("raw/" + channel, STREAM)) {
            assertProblem(ann.send(ann.to(path, "Content-Type", JSON).POST(BodyPublishers.ofByteArray(noText))), 400);
        }
        ann.say("{\"id\":9,\"ping\":{}}");
        assertThat(lines.next()).isEqualTo("{\"id\":9,\"ping\":{}}");
    }

    @Test
    @Row("A10")
    void foreign_origins_can_neither_send_nor_read() throws Exception {
        StreamClient client = new StreamClient();
        String own = "http://" + url.getHost() + ":" + url.getPort();
        for (String path : List.of("raw/" + channel, sse(), STREAM, "emulation")) {
            for (String foreign : List.of("null", "https://evil.example", "https://friend.example.evil.example")) {
                for (String method : List.of("GET", "POST", "OPTIONS")) {
                    HttpRequest.BodyPublisher body =
                            method.equals("POST") ? BodyPublishers.ofString("x") : BodyPublishers.noBody();
                    HttpResponse<String> refused =
                            client.send(client.to(path, "Origin", foreign).method(method, body));
                    assertProblem(refused, 403);
                    assertThat(refused.headers().map().keySet()).noneMatch(FallbackIT::isSharing);
                }
            }
            HttpResponse<String> allowed = client.send(
                    client.to(path, "Origin", "https://friend.example").method("OPTIONS", BodyPublishers.noBody()));
            assertThat(allowed.statusCode()).isEqualTo(204);
            assertThat(allowed.headers().allValues("Access-Control-Allow-Origin"))
                    .containsExactly("https://friend.example");
            assertThat(allowed.headers().allValues("Vary")).contains("Origin");
            HttpResponse<String> ours =
                    client.send(client.to(path, "Origin", own).method("OPTIONS", BodyPublishers.noBody()));
            assertThat(ours.statusCode()).isEqualTo(204);
            assertThat(ours.headers().map().keySet()).noneMatch(FallbackIT::isSharing);
        }
        assertProblem(client.send(client.to(sse(), "Sec-Fetch-Site", "cross-site")), 403);
        HttpResponse<String> published =
                client.post("raw/" + channel, "text/plain", "x", "Origin", "https://friend.example");
        assertThat(published.statusCode()).isEqualTo(204);
        assertThat(published.headers().allValues("Access-Control-Allow-Origin"))
                .containsExactly("https://friend.example");
    }

    private static boolean isSharing(String header) {
        return header.toLowerCase(Locale.ROOT).startsWith("access-control-");
    }

    @Test
    void a_raw_channel_is_read_as_events_and_published_to_by_post() throws Exception {
        StreamClient client = new StreamClient();
        HttpStream hello = client.events("raw/hello");
        assertThat(hello.next()).isEqualTo("data: Hello, Client!");

        HttpStream events = client.events("raw/" + channel);
        String start = events.next();
        assertThat(start).matches("id: [^:]+:0");
        String epoch = start.substring(0, start.lastIndexOf(':'));
        URI raw = URI.create("ws://" + url.getHost() + ":" + url.getPort() + url.getPath() + "raw/" + channel);
        try (RawSocket socket = log.arriving(() -> new RawSocket(raw))) {
            assertThat(client.post("raw/" + channel, "application/x-www-form-urlencoded", "Hello=%41&+")
                            .statusCode())
                    .isEqualTo(204);
            assertThat(socket.next().text()).isEqualTo("Hello=%41&+");
            socket.send("two\r\nlines\n");
            socket.send(new byte[] {(byte) 0xFF, 0});
        }
        for (String line : List.of(
                epoch + ":1",
                "data: Hello=%41&+",
                epoch + ":2",
                "data: two",
                "data: lines",
                "data: ",
                "event: binary",
                epoch + ":3",
                "data: /wA=")) {
            assertThat(withoutTime(events.next())).isEqualTo(line);
        }
        assertThat(client.send(client.to("raw/" + channel, "Content-Type", BYTES)
                                .POST(BodyPublishers.ofByteArray(new byte[] {1})))
                        .statusCode())
                .isEqualTo(204);
        for (String line : List.of("event: binary", epoch + ":4", "data: AQ==")) {
            assertThat(withoutTime(events.next())).isEqualTo(line);
        }
        events.close();

        assertThat(client.post("raw/" + channel, JSON, "[5]").statusCode()).isEqualTo(204);
        HttpStream again = client.events("raw/" + channel + "?history=1", "Last-Event-ID", epoch.substring(4) + ":3");
        for (String line :
                List.of(epoch + ":3", "event: binary", epoch + ":4", "data: AQ==", epoch + ":5", "data: [5]")) {
            assertThat(withoutTime(again.next())).isEqualTo(line);
        }
        HttpStream lost = client.events("raw/" + channel, "Last-Event-ID", "another:3");
        for (String line : List.of("event: lost", "data: something may be missing", epoch + ":5")) {
            assertThat(withoutTime(lost.next())).isEqualTo(line);
        }
        HttpStream replayed = client.events("raw/" + channel + "?history=1");
        for (String line : List.of(epoch + ":4", epoch + ":5", "data: [5]")) {
            assertThat(withoutTime(replayed.next())).isEqualTo(line);
        }
        for (String query :
                List.of("since=" + epoch.substring(4) + "%3A4", "lastEventId=" + epoch.substring(4) + ":4")) {
            HttpStream caughtUp = client.events("raw/" + channel + "?" + query);
            for (String line : List.of(epoch + ":4", epoch + ":5", "data: [5]")) {
                assertThat(withoutTime(caughtUp.next())).as(query).isEqualTo(line);
            }
        }
        for (String query : List.of("since=another:3", "lastEventId=x", "since=99")) {
            HttpStream told = client.events("raw/" + channel + "?" + query);
            for (String line : List.of("event: lost", "data: something may be missing", epoch + ":5")) {
                assertThat(withoutTime(told.next())).as(query).isEqualTo(line);
            }
        }
        try (RawSocket socket = log.arriving(() -> new RawSocket(URI.create(raw + "?since=another:3")))) {
            assertThat(socket.next().text()).isEqualTo("{\"position\":\"" + epoch.substring(4) + ":5\",\"lost\":true}");
        }
    }

    /** Returns a line, and an id without the time of its publication. */
    private static String withoutTime(String line) {
        return line.replaceFirst("^(id: [^:]+:\\d+):\\d{13}$", "$1");
    }

    @Test
    void the_parameter_channel_names_any_channel() throws Exception {
        StreamClient client = new StreamClient();
        for (String name : List.of("..", "a/b", "a\\b", "{a}", "100%", "é +&=", "large:" + channel)) {
            String path = "raw?channel=" + URLEncoder.encode(name, UTF_8);
            HttpStream events = client.events(path);
            URI uri = URI.create("ws://" + url.getHost() + ":" + url.getPort() + url.getPath() + path);
            try (RawSocket socket = log.arriving(() -> new RawSocket(uri))) {
                assertThat(client.post(path, "text/plain", name).statusCode()).isEqualTo(204);
                assertThat(socket.next().text()).isEqualTo(name);
            }
            events.after("data: " + name);
            events.close();
        }
        assertThat(log.linesWith(" connect ", "transport=websocket", "channel=\"..\""))
                .isNotEmpty();
    }

    @Test
    @Row("S22")
    void a_client_that_floods_its_own_channels_does_not_shorten_the_history_of_others(Seen seen) throws Exception {
        StreamClient ann = new StreamClient();
        for (int i = 1; i <= 5; i++) {
            assertThat(ann.post("raw/" + channel, "text/plain", "" + i).statusCode())
                    .isEqualTo(204);
        }
        String id = ann.events("raw/" + channel).next();
        assertThat(id).matches("id: [^:]+:5");
        String epoch = id.substring(4, id.length() - 2);

        StreamClient eve = new StreamClient();
        String large = "x".repeat(60_000);
        int flood = HISTORY_BYTES * 5 / 4 / large.length();
        for (int i = 0; i < flood; i++) {
            assertThat(eve.post("raw/" + channel + "-flood-" + i % 8, "text/plain", large)
                            .statusCode())
                    .isEqualTo(204);
        }

        HttpStream back = ann.events("raw/" + channel, "Last-Event-ID", epoch + ":2");
        for (String line : List.of(":2", ":3", "data: 3", ":4", "data: 4", ":5", "data: 5")) {
            assertThat(withoutTime(back.next())).isEqualTo(line.startsWith(":") ? "id: " + epoch + line : line);
        }
        seen.note("all that was missed of five small messages is there after a flood of "
                + flood * large.length() / 1_000 + " kB, where all histories may have " + HISTORY_BYTES / 1_000);
    }

    @Test
    void a_logout_ends_the_streams_of_its_login() throws Exception {
        StreamClient anna = new StreamClient().loggedIn("anna");
        HttpStream lines = anna.connected();
        anna.say("{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}\n{\"id\":3,\"presence\":{\"channel\":\""
                + channel + "\"}}");
        lines.next();
        assertThat(lines.next()).contains("\"user\":\"anna\"");
        HttpStream events = anna.events("raw/" + channel);
        events.next();
        assertThat(anna.get("account/logout")).isEqualTo("bye");
        assertThat(lines.next()).contains("\"disconnect\":{\"code\":3005,");
        assertThat(lines.next()).isEqualTo(HttpStream.END);
        assertThat(events.next()).isEqualTo("event: disconnect");
        assertThat(events.next()).isEqualTo("data: 3005 connection expired");
        assertThat(events.next()).isEqualTo(HttpStream.END);
    }

    /** Sends a request, and reads nothing of the response. */
    private Socket silent() throws IOException {
        Socket socket = new Socket();
        opened.add(socket);
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(url.getHost(), url.getPort()));
        return socket;
    }

    @Test
    void a_client_that_reads_no_responses_does_not_delay_others() throws Exception {
        String bad = "POST " + url.getPath() + "emulation HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: " + JSON
                + "\r\nContent-Length: 2\r\n\r\n{}";
        LongAdder sent = new LongAdder();
        ExecutorService insatiable = Executors.newCachedThreadPool();
        try {
            for (int i = 0; i < 8; i++) {
                Socket silent = silent();
                insatiable.submit(() -> {
                    while (true) { // until the socket is closed
                        send(silent, bad.repeat(100));
                        sent.increment();
                    }
                });
            }
            AtomicLong before = new AtomicLong();
            await().pollInterval(Duration.ofSeconds(1)).until(() -> {
                long now = sent.sum();
                return before.getAndSet(now) == now && now > 0;
            });
            StreamClient client = new StreamClient();
            HttpStream events = client.events("raw/" + channel);
            events.next();
            for (int i = 0; i < 20; i++) {
                HttpResponse<String> published = client.send(client.to("raw/" + channel, "Content-Type", "text/plain")
                        .timeout(Duration.ofSeconds(10)) // the container's own time limit for writes is longer
                        .POST(BodyPublishers.ofString("message " + i)));
                assertThat(published.statusCode()).isEqualTo(204);
                assertThat(events.next()).startsWith("id: ");
                assertThat(events.next()).isEqualTo("data: message " + i);
            }
        } finally {
            closeAll();
            insatiable.shutdown();
            assertThat(insatiable.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static void send(Socket socket, String text) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(text.getBytes(UTF_8));
        out.flush();
    }

    private static String read(Socket socket) throws IOException {
        socket.setSoTimeout(30_000);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        byte[] buffer = new byte[4096];
        for (int count = socket.getInputStream().read(buffer);
                count >= 0 && !answer.toString(UTF_8).contains("}}\n");
                count = socket.getInputStream().read(buffer)) {
            answer.write(buffer, 0, count);
            if (answer.toString(UTF_8).contains("}}\n")) {
                break;
            }
        }
        return answer.toString(UTF_8);
    }

    @Test
    void the_relay_ends_silent_and_vanished_readers_and_others_notice_nothing() throws Exception {
        deployer.deploy(BRISK);
        try {
            StreamClient client = new StreamClient("/" + BRISK + "/");
            String gone = channel + "-gone";
            HttpStream vanishing = client.events("raw/" + gone);
            vanishing.next();
            vanishing.close();
            StreamClient mute = new StreamClient("/" + BRISK + "/");
            HttpStream unanswered = mute.connected();

            Socket silent = silent();
            send(silent, "GET /" + BRISK + "/raw/" + channel + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
            log.awaitLine(" connect ", channel + "\"");
            HttpStream events = client.events("raw/" + channel);
            events.next();
            String text = "x".repeat(60_000);
            Set<String> got = new HashSet<>();
            for (int i = 0;
                    log.linesWith(" disconnect ", channel + "\"", "code=3008").isEmpty();
                    i++) {
                assertThat(i).as("messages to a client that does not read").isLessThan(2_000);
                assertThat(client.post("raw/" + channel, "text/plain", i + text).statusCode())
                        .isEqualTo(204);
                assertThat(events.next()).startsWith("id: ");
                assertThat(events.next()).isEqualTo("data: " + i + text);
                got.add("" + i);
            }
            assertThat(got).isNotEmpty();
            assertThat(silent.isClosed()).isFalse();

            log.awaitLine(" disconnect ", gone + "\"");
            assertThat(unanswered.next()).contains("\"disconnect\":{\"code\":3012,");
            assertThat(unanswered.next()).isEqualTo(HttpStream.END);
            events.close();
            await().untilAsserted(() ->
                    assertThat(client.metric("switchboard_clients")).isZero());
            assertThat(client.metric("switchboard_outbox_bytes")).isZero();
        } finally {
            deployer.undeploy(BRISK);
        }
    }

    /**
     * Tomcat and Payara give no access to the connection, so only a write notices its end there.
     */
    @Test
    void wildfly_removes_a_client_at_once_when_it_closes_its_idle_stream() throws Exception {
        Assumptions.assumeTrue("wildfly".equals(System.getProperty("arquillian.launch")));
        StreamClient client = new StreamClient();
        HttpStream closed = client.events("raw/" + channel);
        closed.next();
        closed.close();
        await().atMost(Duration.ofSeconds(5))
                .until(() -> !log.linesWith(" disconnect ", channel + "\"").isEmpty());
    }

    @Test
    void bodies_that_stop_half_way_do_not_delay_other_requests() throws Exception {
        deployer.deploy(BRISK);
        try {
            List<Socket> slow = new ArrayList<>();
            for (int i = 0; i < 300; i++) { // more than the server has threads
                Socket socket = new Socket(url.getHost(), url.getPort());
                opened.add(socket);
                send(
                        socket,
                        "POST /" + BRISK + "/raw/" + channel
                                + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf");
                slow.add(socket);
            }
            StreamClient client = new StreamClient("/" + BRISK + "/");
            assertThat(client.post("raw/" + channel, "text/plain", "whole").statusCode())
                    .isEqualTo(204);
            for (Socket socket : slow) {
                assertThat(read(socket)).startsWith("HTTP/1.1 408").contains("\"code\":107,");
            }
            assertThat(client.post("raw/" + channel, "text/plain", "whole").statusCode())
                    .isEqualTo(204);
        } finally {
            deployer.undeploy(BRISK);
        }
    }

    @Test
    void a_relay_that_drains_ends_every_stream_and_refuses_new_clients() throws Exception {
        deployer.deploy(LEAVING);
        List<HttpStream> streams = new ArrayList<>();
        StreamClient client = new StreamClient("/" + LEAVING + "/");
        try {
            for (int i = 0; i < 20; i++) {
                StreamClient one = new StreamClient("/" + LEAVING + "/");
                streams.add(i % 2 == 0 ? one.connected() : one.connected(one.events(sse())));
            }
            HttpStream events = client.events("raw/" + channel);
            events.next();
            assertThat(client.get("drain")).isEqualTo("draining");
            for (HttpStream stream : streams) {
                assertThat(stream.next())
                        .contains("{\"push\":{\"disconnect\":{\"code\":3001,\"reason\":\"shutdown\"}}}");
                assertThat(stream.next()).isEqualTo(HttpStream.END);
            }
            assertThat(events.next()).isEqualTo("event: disconnect");
            assertThat(events.next()).isEqualTo("data: 3001 shutdown");
            assertThat(events.next()).isEqualTo(HttpStream.END);
            for (HttpResponse<String> refused : List.of(
                    client.post(STREAM, JSON, CONNECT),
                    client.send(client.to(sse())),
                    client.send(client.to("raw/" + channel)),
                    client.post("raw/" + channel, "text/plain", "x"))) {
                assertProblem(refused, 503);
                assertThat(refused.headers().firstValue("Retry-After").orElse(""))
                        .matches("[1-9]|[12]\\d|30");
            }
            HttpResponse<String> page = client.send(client.to("raw/" + channel, "Accept", "text/event-stream"));
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Type").orElse("")).startsWith("text/event-stream");
            assertThat(page.body()).matches("retry: ([5-9]|[12]\\d|30)\\d{3}\n\n");
        } finally {
            deployer.undeploy(LEAVING);
        }
    }

    @Test
    void an_undeployment_ends_every_stream_with_a_reason() throws Exception {
        deployer.deploy(LEAVING);
        List<HttpStream> streams = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                StreamClient one = new StreamClient("/" + LEAVING + "/");
                streams.add(i % 2 == 0 ? one.connected() : one.connected(one.events(sse())));
            }
        } finally {
            deployer.undeploy(LEAVING);
        }
        for (HttpStream stream : streams) {
            assertThat(stream.next()).contains("\"disconnect\":{\"code\":3001,");
            assertThat(stream.next()).isEqualTo(HttpStream.END);
        }
    }
}
