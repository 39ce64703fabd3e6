package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.ApiDescription;
import dev.switchboard.failure.Row;
import dev.switchboard.failure.Seen;
import dev.switchboard.it.DeployedServer.SocketLine;
import dev.switchboard.transcript.Dialect;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the server API in each container: its methods, and the HTTP requests that it accepts. */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class ApiIT {

    private static final String ON = "api";
    private static final String OFF = "no-api";
    private static final String AGAIN = "api-again";

    private static final String KEY = "canary-key-" + UUID.randomUUID();
    private static final String NEWS_KEY = "canary-key-" + UUID.randomUUID();

    /** A key that may be in a log: containers log the request line. */
    private static final String LOGGED_KEY = "key-in-a-url-" + UUID.randomUUID();

    private static final String JSON = "application/json";
    private static final int MIB = 1 << 20;

    @ArquillianResource
    @OperateOnDeployment(ON)
    private URL url;

    @ArquillianResource
    @OperateOnDeployment(OFF)
    private URL offUrl;

    @ArquillianResource
    private Deployer deployer;

    private DeployedRelay relay;
    private final ServerLog log = new ServerLog();
    private final ApiDescription description = ApiDescription.shipped();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String channel = "api-" + UUID.randomUUID();

    @Deployment(name = ON, testable = false)
    static WebArchive on() {
        return TestWar.with(
                ON,
                Map.of(
                        "api.key",
                        KEY,
                        "api.keys",
                        keys().toString(),
                        "message.time",
                        "2s",
                        "token.secret",
                        LoginIT.SECRET,
                        "proxies",
                        "127.0.0.0/8,::1"));
    }

    @Deployment(name = OFF, testable = false)
    static WebArchive off() {
        return ShippedWar.as(OFF + ".war");
    }

    @Deployment(name = AGAIN, managed = false, testable = false)
    static WebArchive again() {
        return TestWar.with(AGAIN, Map.of("api.key", KEY));
    }

    private static Path keys() {
        try {
            Path file = Files.createTempFile("switchboard-api", ".keys");
            file.toFile().deleteOnExit();
            return Files.writeString(
                    file, "# for one namespace\n" + NEWS_KEY + " namespaces=news\n" + LOGGED_KEY + "\n");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @BeforeEach
    void come() {
        relay = new DeployedRelay(url);
    }

    @AfterEach
    void leave() throws Exception {
        relay.close();
    }

    private URI api(String method) {
        return URI.create("http://" + url.getHost() + ":" + url.getPort() + url.getPath() + "api/" + method);
    }

    private static HttpRequest.Builder request(URI uri, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** Returns the body of a response that must be 200 and match the description of the API. */
    private String call(String method, String json) throws Exception {
        HttpResponse<String> response = send(
                request(api(method), "X-API-Key", KEY, "Content-Type", JSON).POST(BodyPublishers.ofString(json)));
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith(JSON));
        safe(response.headers().map());
        description.answer(method, 200, response.body());
        if (!response.body().contains("\"error\":")) {
            description.request(method, json);
        }
        return response.body();
    }

    /** Checks the headers that every response must have, and those that none may have. */
    private static void safe(Map<String, List<String>> headers) {
        Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.putAll(headers);
        assertThat(all.get("Cache-Control")).containsExactly("no-store");
        assertThat(all.get("X-Content-Type-Options")).containsExactly("nosniff");
        assertThat(all.get("Content-Security-Policy")).hasSize(1);
        assertThat(all.keySet())
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-"))
                .doesNotContain("Set-Cookie");
    }

    private void refused(int status, HttpResponse<String> response, String why) {
        assertThat(response.statusCode()).as(why).isEqualTo(status);
        safe(response.headers().map());
        description.answer("publish", status, response.body());
        assertThat(response.body()).doesNotContain("canary");
    }

    private SocketLine connected(String token) throws Exception {
        SocketLine line = line();
        line.send("{\"id\":1,\"connect\":{\"token\":\"" + token + "\"}}");
        assertThat(line.next()).contains("\"connect\":");
        return line;
    }

    private SocketLine line() throws IOException {
        return new SocketLine(relay.socket(relay.endpoint(), DeployedServer.subprotocol(Dialect.JSON)), Dialect.JSON);
    }

    @Test
    void every_method_does_and_answers_what_its_description_says() throws Exception {
        SocketLine anna = connected(LoginIT.token("anna"));
        assertThat(call("subscribe", "{\"user\":\"anna\",\"channel\":\"" + channel + "\"}"))
                .isEqualTo("{\"result\":{}}");
        assertThat(anna.next()).contains("\"subscribe\":{");
        WebSocketClient raw = relay.rawClient(channel);
        assertThat(call("publish", "{\"channel\":\"" + channel + "\",\"data\":{\"t\": \"\\u00e9 🙂\"}}"))
                .contains("\"offset\":1,");
        assertThat(anna.next()).contains("\"data\":{\"t\": \"\\u00e9 🙂\"}");
        assertThat(raw.next()).isEqualTo("{\"t\": \"\\u00e9 🙂\"}");
        assertThat(call("broadcast", "{\"channels\":[\"" + channel + "\"],\"data\":2,\"tags\":{\"a\":\"b\"}}"))
                .contains("\"offset\":2,");
        assertThat(anna.next()).contains("\"data\":2").contains("\"tags\":{\"a\":\"b\"}");
        assertThat(raw.next()).isEqualTo("2");
        assertThat(call("presence", "{\"channel\":\"" + channel + "\"}")).contains("\"user\":\"anna\"");
        assertThat(call("presence_stats", "{\"channel\":\"" + channel + "\"}")).contains("\"num_clients\":2");
        assertThat(call("history", "{\"channel\":\"" + channel + "\",\"limit\":10}")
                        .replaceAll(",\"time\":\\d{13}", ""))
                .contains("[{\"data\":{\"t\": \"\\u00e9 🙂\"},\"offset\":1},{\"data\":2,\"offset\":2,\"tags\"");
        assertThat(call("channels", "{\"pattern\":\"" + channel.substring(0, 10) + "*\"}"))
                .isEqualTo("{\"result\":{\"channels\":{\"" + channel + "\":{\"num_clients\":2}}}}");
        assertThat(call("info", "{}")).contains("\"version\":\"switchboard\"");
        call("history_remove", "{\"channel\":\"" + channel + "\"}");
        assertThat(call("history", "{\"channel\":\"" + channel + "\",\"limit\":10}"))
                .contains("\"publications\":[]");
        call("refresh", "{\"user\":\"anna\",\"expire_at\":" + (Instant.now().getEpochSecond() + 600) + "}");
        assertThat(anna.next()).contains("\"refresh\":{\"expires\":true");
        assertThat(call(
                        "batch",
                        "{\"commands\":[{\"unsubscribe\":{\"user\":\"anna\",\"channel\":\"" + channel
                                + "\"}},{\"publish\":{}},{\"unblock\":{\"user\":\"anna\"}}]}"))
                .matches("\\{\"replies\":\\[\\{\"unsubscribe\":\\{}},\\{\"error\":\\{.*}},\\{\"unblock\":\\{}}]}");
        assertThat(anna.next()).contains("\"unsubscribe\":{\"code\":2000");
        assertThat(call("publish", "{\"channel\":\"nowhere:x\",\"data\":1}")).contains("\"code\":102");
        call("disconnect", "{\"user\":\"anna\"}");
        assertThat(anna.next()).isEqualTo("close 3503 force disconnect");

        HttpResponse<String> text = send(request(api("openapi.json")));
        assertThat(text.statusCode()).isEqualTo(200);
        safe(text.headers().map());
        assertThat(new ApiDescription(text.body()).methods()).isEqualTo(description.methods());
    }

    @Test
    void a_client_that_is_disconnected_with_3000_gets_no_code_of_the_client_protocol() throws Exception {
        String to3000 = ",\"disconnect\":{\"code\":3000,\"reason\":\"connection closed\"}}";
        String user = "anna-" + UUID.randomUUID();
        SocketLine socket = connected(LoginIT.token(user));
        HttpRequest.Builder stream = request(URI.create(url + "connection/http_stream"), "Content-Type", JSON)
                .POST(BodyPublishers.ofString("{\"id\":1,\"connect\":{\"token\":\"" + LoginIT.token(user) + "\"}}"));
        HttpResponse<InputStream> answer = http.send(stream.build(), BodyHandlers.ofInputStream());
        BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8));
        assertThat(lines.readLine()).contains("\"connect\":");
        call("disconnect", "{\"user\":\"" + user + "\"" + to3000);
        assertThat(socket.next()).isEqualTo("close 1000 connection closed");
        assertThat(lines.lines().toList()).as("only pings").allMatch(line -> line.equals("{}"));

        WebSocketClient raw = relay.rawClient(channel);
        Matcher id = Pattern.compile("\"client\":\"([^\"]+)\"")
                .matcher(call("presence", "{\"channel\":\"" + channel + "\"}"));
        assertThat(id.find()).isTrue();
        call("disconnect", "{\"client\":\"" + id.group(1) + "\"" + to3000);
        assertThat(raw.closed().getCloseCode().getCode()).isEqualTo(1000);
    }

    @Test
    @Row("A8")
    void a_revoked_user_is_disconnected_within_a_second_and_cannot_connect_again(Seen seen) throws Exception {
        String user = "eve-" + UUID.randomUUID();
        long now = Instant.now().getEpochSecond();
        String jti = UUID.randomUUID().toString();
        Map<String, String> tokens = new LinkedHashMap<>();
        tokens.put(
                "{\"user\":\"" + user + "\",\"issued_before\":" + (now - 10) + "}",
                LoginIT.token(user, ",\"iat\":" + (now - 20)));
        tokens.put("{\"token\":\"" + jti + "\"}", LoginIT.token(user, ",\"iat\":" + now + ",\"jti\":\"" + jti + "\""));
        SocketLine stays = connected(LoginIT.token(user, ",\"iat\":" + now));
        for (Map.Entry<String, String> revoked : tokens.entrySet()) {
            outAfter("revoke", revoked.getKey(), revoked.getValue(), seen);
        }
        stays.send("{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
        assertThat(stays.next()).contains("\"subscribe\":");
        outAfter("block", "{\"user\":\"" + user + "\"}", LoginIT.token(user, ",\"iat\":" + now), seen);
        assertThat(stays.next()).startsWith("close 35");
        call("unblock", "{\"user\":\"" + user + "\"}");
        connected(LoginIT.token(user, ",\"iat\":" + now));
    }

    private void outAfter(String method, String json, String token, Seen seen) throws Exception {
        SocketLine client = connected(token);
        long start = System.nanoTime();
        call(method, json);
        String end = client.next();
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        assertThat(end).startsWith("close 35");
        SocketLine again = line();
        again.send("{\"id\":1,\"connect\":{\"token\":\"" + token + "\"}}");
        assertThat(again.next()).startsWith("close 35");
        seen.note(method + " " + json.replaceAll("[^\"]*-[^\"]*", "…") + ": " + end + " after " + time.toMillis()
                + " ms");
    }

    @Test
    @Row("A12")
    void the_api_refuses_what_a_foreign_page_can_send(Seen seen) throws Exception {
        String json = "{\"channel\":\"" + channel + "\",\"data\":\"canary-csrf\"}";
        BodyPublisher body = BodyPublishers.ofString(json);
        String origin = "https://evil.example";
        Map<String, HttpRequest.Builder> pages = new LinkedHashMap<>();
        pages.put(
                "401 without a key",
                request(api("publish"), "Origin", origin, "Content-Type", JSON).POST(body));
        pages.put(
                "401 in a cookie",
                request(api("publish"), "Content-Type", JSON, "Cookie", "X-API-Key=" + KEY + "; apikey=" + KEY)
                        .POST(body));
        pages.put(
                "401 in the query",
                request(
                                URI.create(api("publish") + "?api_key=" + LOGGED_KEY + "&X-API-Key=" + LOGGED_KEY),
                                "Content-Type",
                                JSON)
                        .POST(body));
        pages.put(
                "401 as a password",
                request(api("publish"), "Content-Type", JSON, "Authorization", "Basic " + KEY)
                        .POST(body));
        pages.put(
                "401 a wrong key",
                request(api("publish"), "Content-Type", JSON, "X-API-Key", KEY + "x")
                        .POST(body));
        pages.put(
                "401 two keys",
                request(api("publish"), "Content-Type", JSON, "X-API-Key", KEY, "X-API-Key", NEWS_KEY)
                        .POST(body));
        for (String type : List.of(
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "text/plain",
                "application/jsonp")) {
            pages.put(
                    "401 " + type, request(api("publish"), "Content-Type", type).POST(body));
        }
        pages.put(
                "405 preflight",
                request(
                                api("publish"),
                                "Origin",
                                origin,
                                "Access-Control-Request-Method",
                                "POST",
                                "Access-Control-Request-Headers",
                                "x-api-key,content-type")
                        .method("OPTIONS", BodyPublishers.noBody()));
        for (String verb : List.of("GET", "PUT", "DELETE", "PATCH")) {
            pages.put("405 " + verb, request(api("publish"), "X-API-Key", KEY).method(verb, BodyPublishers.noBody()));
        }
        for (Map.Entry<String, HttpRequest.Builder> page : pages.entrySet()) {
            int status = Integer.parseInt(page.getKey().substring(0, 3));
            HttpResponse<String> response = send(page.getValue());
            refused(status, response, page.getKey());
            if (status == 405) {
                assertThat(response.headers().allValues("Allow")).containsExactly("POST");
            }
        }
        assertThat(call("history", "{\"channel\":\"" + channel + "\"}")).contains("\"offset\":0");
        seen.note(pages.size() + " requests, each 401, 405 or 415; nothing published, no header for other origins");
    }

    @Test
    void a_key_for_one_namespace_is_refused_in_another() throws Exception {
        HttpResponse<String> response =
                send(request(api("publish"), "Authorization", "apikey " + NEWS_KEY, "Content-Type", JSON)
                        .POST(BodyPublishers.ofString("{\"channel\":\"" + channel + "\",\"data\":1}")));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).startsWith("{\"error\":{\"code\":103,");
    }

    @Test
    void a_caller_that_guesses_keys_is_blocked_and_other_callers_are_not() throws Exception {
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            statuses.add(guess("203.0.113.7").statusCode());
        }
        assertThat(statuses).startsWith(401).endsWith(429).containsOnly(401, 429);
        HttpResponse<String> last = guess("203.0.113.7");
        refused(429, last, "guesses");
        assertThat(last.headers().firstValue("Retry-After")).isPresent();
        assertThat(guess("203.0.113.8").statusCode()).isEqualTo(401);
    }

    private HttpResponse<String> guess(String address) throws Exception {
        return send(request(api("info"), "X-API-Key", "canary-guess", "X-Forwarded-For", address, "Content-Type", JSON)
                .POST(BodyPublishers.ofString("{}")));
    }

    @Test
    void a_relay_without_a_key_has_no_api() throws Exception {
        URI root = URI.create("http://" + offUrl.getHost() + ":" + offUrl.getPort() + offUrl.getPath());
        for (String path : List.of("api/publish", "api/openapi.json", "api/", "api/x")) {
            HttpResponse<String> response = send(request(root.resolve(path), "X-API-Key", "", "Content-Type", JSON)
                    .POST(BodyPublishers.ofString("{}")));
            refused(404, response, path);
        }
        assertThat(send(request(root.resolve("api/openapi.json"))).statusCode()).isEqualTo(404);
    }

    // Malformed requests.

    /**
     * Writes the request as it stands, and returns the response: all of it, or all until the server
     * closes.
     */
    private String raw(String head, byte[] body, boolean more) throws IOException {
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout(30_000);
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            try {
                socket.getOutputStream().write(head.getBytes(UTF_8));
                socket.getOutputStream().write(body);
                if (!more) {
                    socket.shutdownOutput();
                }
            } catch (SocketException refused) { // the response can still be read
                assertThat(body.length)
                        .as("only a large request is refused so early")
                        .isGreaterThan(MIB);
            }
            InputStream in = socket.getInputStream();
            try {
                while (!isWhole(answer.toString(UTF_8))) {
                    int b = in.read();
                    if (b < 0) {
                        break;
                    }
                    answer.write(b);
                }
            } catch (SocketException reset) {
                return answer.toString(UTF_8);
            }
            return answer.toString(UTF_8);
        }
    }

    private static boolean isWhole(String answer) {
        int end = answer.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        String length = answer.substring(0, end)
                .lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("");
        return !length.isEmpty() && answer.substring(end + 4).getBytes(UTF_8).length >= Integer.parseInt(length);
    }

    private String head(String... headers) {
        return "POST " + api("publish").getRawPath() + " HTTP/1.1\r\nHost: " + url.getHost() + ":" + url.getPort()
                + "\r\nX-API-Key: " + KEY + "\r\nContent-Type: application/json\r\n"
                + String.join("\r\n", headers) + "\r\n\r\n";
    }

    private static byte[] chunk(byte[] content) {
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        chunk.writeBytes((Integer.toHexString(content.length) + "\r\n").getBytes(UTF_8));
        chunk.writeBytes(content);
        chunk.writeBytes("\r\n".getBytes(UTF_8));
        return chunk.toByteArray();
    }

    private static void status(int status, String answer) {
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ").contains("{\"error\":{\"code\":");
    }

    @Test
    void a_request_whose_body_stops_half_way_ends_in_time() throws Exception {
        byte[] half = "{\"channel\":\"c\",".getBytes(UTF_8);
        for (String head : List.of(head("Content-Length: 100"), head("Transfer-Encoding: chunked"))) {
            byte[] body = head.contains("chunked") ? chunk(half) : half;
            assertThat(raw(head, body, true)).matches("(?s)|HTTP/1.1 408 .*");
            assertThat(raw(head, body, false)).matches("(?s)|HTTP/1.1 400 .*");
        }
        call("info", "{}");
    }

    @Test
    void a_body_that_is_too_large_is_refused_with_and_without_a_length() throws Exception {
        status(413, raw(head("Content-Length: " + (2 * MIB + 1)), new byte[0], true));
        assertThat(raw(head("Content-Length: 99999999999"), new byte[0], true))
                .as("Undertow answers requests above its own limit itself")
                .matches("(?s)HTTP/1.1 (413|400) .*");
        byte[] part = "x".repeat(64 * 1024).getBytes(UTF_8);
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        for (int i = 0; i < 33; i++) {
            chunks.writeBytes(chunk(part));
        }
        status(413, raw(head("Transfer-Encoding: chunked"), chunks.toByteArray(), true));
        String large = "{\"channel\":\"c\",\"data\":\"" + "x".repeat(MIB) + "\"}";
        assertThat(call("publish", large)).contains("\"code\":107");
    }

    @Test
    void a_body_that_is_not_json_is_refused_and_has_no_effect() throws Exception {
        Map<String, String> bodies = new LinkedHashMap<>();
        bodies.put("nothing", "");
        bodies.put("cut off", "{\"channel\":\"c\"");
        bodies.put("a form", "channel=c&data=1");
        bodies.put("two channels", "{\"channel\":\"c\",\"channel\":\"d\",\"data\":1}");
        bodies.put("something behind", "{\"channel\":\"c\",\"data\":1}{}");
        for (Map.Entry<String, String> body : bodies.entrySet()) {
            refused(
                    400,
                    send(request(api("publish"), "X-API-Key", KEY, "Content-Type", JSON)
                            .POST(BodyPublishers.ofString(body.getValue()))),
                    body.getKey());
        }
        refused(
                400,
                send(request(api("publish"), "X-API-Key", KEY, "Content-Type", JSON)
                        .POST(BodyPublishers.ofByteArray(new byte[] {'"', (byte) 0xff, '"'}))),
                "no UTF-8");
        for (String type : List.of(JSON + "; charset=iso-8859-1", "text/plain; charset=utf-16")) {
            HttpRequest.Builder request = request(api("publish"), "X-API-Key", KEY, "Content-Type", type);
            refused(415, send(request.POST(BodyPublishers.ofString("{}"))), type);
        }
        refused(
                415,
                send(request(api("publish"), "X-API-Key", KEY, "Content-Type", JSON, "Content-Encoding", "gzip")
                        .POST(BodyPublishers.ofString("{}"))),
                "compressed");
        for (String unknown : List.of("publsh", "PUBLISH", "publish/")) {
            refused(
                    404,
                    send(request(api(unknown), "X-API-Key", KEY, "Content-Type", JSON)
                            .POST(BodyPublishers.ofString("{}"))),
                    unknown);
        }
        for (String type : List.of("Application/JSON", JSON + ";charset=UTF-8", JSON + "; charset=\"utf-8\"; x=y")) {
            HttpResponse<String> taken = send(
                    request(api("info"), "X-API-Key", KEY, "Content-Type", type).POST(BodyPublishers.ofString("{}")));
            assertThat(taken.statusCode()).as(type).isEqualTo(200);
        }
    }

    @Test
    void a_key_in_a_header_makes_the_content_type_optional() throws Exception {
        String json = "{\"channel\":\"" + channel + "\",\"data\":{\"a\":\"&b=c\"}}";
        int offset = 0;
        for (String[] headers : List.of(
                new String[] {"X-API-Key", KEY},
                new String[] {"Authorization", "apikey " + KEY},
                new String[] {"X-API-Key", KEY, "Authorization", "apikey " + KEY},
                new String[] {"X-API-Key", KEY, "Content-Type", "application/x-www-form-urlencoded"},
                new String[] {"X-API-Key", KEY, "Content-Type", "multipart/form-data; boundary=x"},
                new String[] {"X-API-Key", KEY, "Content-Type", "text/plain; charset=utf-8"},
                new String[] {"X-API-Key", KEY, "Content-Encoding", "identity"})) {
            HttpResponse<String> taken = send(request(api("publish"), headers).POST(BodyPublishers.ofString(json)));
            assertThat(taken.statusCode()).as(String.join(" ", headers)).isEqualTo(200);
            assertThat(taken.body()).contains("\"offset\":" + ++offset + ",");
        }
    }

    @Test
    void each_command_with_a_method_gets_one_line_of_the_response() throws Exception {
        WebSocketClient listener = relay.rawClient(channel);
        for (String path : List.of("api", "api/")) {
            HttpResponse<String> response = send(request(URI.create(url + path), "Authorization", "apikey " + KEY)
                    .POST(BodyPublishers.ofString("{\"method\":\"publish\",\"params\":{\"channel\":\"" + channel
                            + "\",\"data\":\"" + path + "\"}}\n{\"method\":\"nothing\",\"params\":{}}\n")));
            assertThat(response.statusCode()).isEqualTo(200);
            safe(response.headers().map());
            assertThat(response.body())
                    .matches("\\{\"result\":\\{\"offset\":\\d,\"epoch\":\"\\w+\"}}\n"
                            + "\\{\"error\":\\{\"code\":104,\"message\":\"not found\"}}");
            assertThat(listener.next()).isEqualTo("\"" + path + "\"");
        }
        HttpResponse<String> none =
                send(request(URI.create(url + "api"), "X-API-Key", KEY).POST(BodyPublishers.noBody()));
        refused(400, none, "no command");
    }

    /**
     * Sends the request heads of gocent v3, phpcent, Laravel's driver, cent for Python, cent for
     * Ruby, and curl. The key and the content type are those of the libraries' sources.
     */
    @Test
    void a_publication_by_a_centrifugo_library_is_published() throws Exception {
        WebSocketClient listener = relay.rawClient(channel);
        String host = url.getHost() + ":" + url.getPort();
        String post = "POST " + url.getPath() + "api";
        String own = "{\"channel\":\"" + channel + "\",\"data\":\"%d\",\"skip_history\":false}";
        Map<String, String> requests = new LinkedHashMap<>();
        requests.put(
                post + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: Go-http-client/1.1\r\nContent-Length: %d\r\n"
                        + "Authorization: apikey " + KEY + "\r\nContent-Type: application/json\r\n"
                        + "Accept-Encoding: gzip\r\n\r\n",
                "{\"method\":\"publish\",\"params\":{\"channel\":\"" + channel + "\",\"data\":\"%d\"}}\n");
        requests.put(
                post + "/publish HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: curl/7.39.0\r\nAccept: */*\r\n"
                        + "Content-Type: application/json\r\nX-API-Key: " + KEY + "\r\nContent-Length: %d\r\n\r\n",
                own);
        requests.put(
                post + "/publish HTTP/1.1\r\nContent-Length: %d\r\nUser-Agent: GuzzleHttp/7\r\n"
                        + "Content-type: application/json\r\nX-API-Key: " + KEY + "\r\nHost: " + host + "\r\n\r\n",
                own);
        requests.put(
                post + "/publish HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: python-requests/2.32.3\r\n"
                        + "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\nX-API-Key: " + KEY
                        + "\r\nContent-Length: %d\r\nContent-Type: application/json\r\n\r\n",
                own.replace(",", ", ").replace(":\"", ": \""));
        requests.put(
                post + "/publish HTTP/1.1\r\nContent-Type: application/json\r\nX-Api-Key: " + KEY
                        + "\r\nUser-Agent: Faraday v2.12.2\r\n"
                        + "Accept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\nAccept: */*\r\n"
                        + "Connection: close\r\nHost: " + host + "\r\nContent-Length: %d\r\n\r\n",
                own);
        requests.put(
                post + "/publish HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n"
                        + "X-API-Key: " + KEY + "\r\nContent-Length: %d\r\n"
                        + "Content-Type: application/x-www-form-urlencoded\r\n\r\n",
                own);
        int n = 0;
        for (Map.Entry<String, String> each : requests.entrySet()) {
            String body = String.format(Locale.ROOT, each.getValue(), ++n);
            String head = String.format(Locale.ROOT, each.getKey(), body.length());
            assertThat(raw(head, body.getBytes(UTF_8), true))
                    .as(head)
                    .startsWith("HTTP/1.1 200 ")
                    .contains("{\"result\":{\"offset\":" + n + ",");
            assertThat(listener.next()).isEqualTo("\"" + n + "\"");
        }
    }

    @Test
    void an_error_has_an_http_status_if_the_caller_asks_for_it() throws Exception {
        Map<String, Integer> statuses = Map.of(
                "{\"channel\":\"nowhere:x\",\"data\":1}",
                404,
                "{\"channel\":\"\",\"data\":1}",
                400,
                "{\"channel\":\"" + channel + "\",\"data\":1}",
                200);
        for (Map.Entry<String, Integer> each : statuses.entrySet()) {
            HttpResponse<String> response =
                    send(request(api("publish"), "X-API-Key", KEY, "X-Centrifugo-Error-Mode", "transport")
                            .POST(BodyPublishers.ofString(each.getKey())));
            assertThat(response.statusCode()).as(each.getKey()).isEqualTo(each.getValue());
            safe(response.headers().map());
            assertThat(response.body()).startsWith(each.getValue() == 200 ? "{\"result\":" : "{\"code\":10");
        }
        HttpResponse<String> foreign =
                send(request(api("publish"), "X-API-Key", NEWS_KEY, "X-Centrifugo-Error-Mode", "transport")
                        .POST(BodyPublishers.ofString("{\"channel\":\"" + channel + "\",\"data\":1}")));
        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(foreign.body()).isEqualTo("{\"code\":103,\"message\":\"permission denied\"}");
    }

    @Test
    void a_publication_of_nearly_one_mebibyte_reaches_a_subscriber() throws Exception {
        SocketLine anna = connected(LoginIT.token("anna-" + UUID.randomUUID()));
        anna.send("{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
        assertThat(anna.next()).contains("\"subscribe\":");
        WebSocketClient raw = relay.rawClient(channel);
        String data = "\"" + "x".repeat(MIB - 2000) + "\"";
        assertThat(call("publish", "{\"channel\":\"" + channel + "\",\"data\":" + data + "}"))
                .contains("\"offset\":1,");
        assertThat(anna.next()).contains(data);
        assertThat(raw.next()).isEqualTo(data);
        assertThat(call("history", "{\"channel\":\"" + channel + "\",\"limit\":1}"))
                .contains(data);
    }

    @Test
    void health_answers_like_centrifugo() throws Exception {
        HttpResponse<String> response = send(request(URI.create(url + "health")));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body().strip()).isEqualTo("{}");
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith(JSON));
    }

    @Test
    void a_bad_command_among_a_hundred_gets_an_error_and_the_others_are_done() throws Exception {
        WebSocketClient listener = relay.rawClient(channel);
        String commands = IntStream.range(0, 100)
                .mapToObj(i ->
                        "{\"publish\":{\"channel\":\"" + channel + "\",\"dat" + (i == 50 ? "" : "a") + "\":" + i + "}}")
                .collect(Collectors.joining(","));
        HttpResponse<String> response = send(request(api("batch"), "X-API-Key", KEY, "Content-Type", JSON)
                .POST(BodyPublishers.ofString("{\"commands\":[" + commands + "]}")));
        description.answer("batch", 200, response.body());
        assertThat(response.body().split("\"error\":", -1)).hasSize(2);
        assertThat(response.body()).contains("{\"error\":{\"code\":107,\"message\":\"bad request\"}}");
        for (int i = 0; i < 100; i++) {
            if (i != 50) {
                assertThat(listener.next()).isEqualTo(String.valueOf(i));
            }
        }
    }

    @Test
    void two_simultaneous_publications_with_one_idempotency_key_arrive_once() throws Exception {
        WebSocketClient listener = relay.rawClient(channel);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                int n = i / 4;
                answers.add(threads.submit(() -> call(
                        "publish",
                        "{\"channel\":\"" + channel + "\",\"data\":" + n + ",\"idempotency_key\":\"k" + n + "\"}")));
            }
            Set<String> different = new TreeSet<>();
            for (int i = 0; i < 400; i++) {
                different.add(answers.get(i).get(1, TimeUnit.MINUTES));
                assertThat(answers.get(i).get())
                        .isEqualTo(answers.get(i / 4 * 4).get());
            }
            assertThat(different).hasSize(100);
        } finally {
            threads.shutdownNow();
        }
        Set<Object> heard = new TreeSet<>(listener.next(100));
        assertThat(heard).hasSize(100);
        call("publish", "{\"channel\":\"" + channel + "\",\"data\":\"last\"}");
        assertThat(listener.next()).isEqualTo("\"last\"");
    }

    @Test
    void a_redeploy_loses_no_publication_that_was_answered() throws Exception {
        deployer.deploy(AGAIN);
        URI again = URI.create("http://" + url.getHost() + ":" + url.getPort() + "/" + AGAIN + "/api/publish");
        Set<String> done = new ConcurrentSkipListSet<>();
        Set<String> refusals = new ConcurrentSkipListSet<>();
        AtomicBoolean over = new AtomicBoolean();
        ExecutorService threads = Executors.newSingleThreadExecutor();
        List<Object> heard = new ArrayList<>();
        URI raw = URI.create("ws://" + url.getHost() + ":" + url.getPort() + "/" + AGAIN + "/raw/" + channel);
        try (WebSocketClient listener = log.arriving(() -> new WebSocketClient(raw))) {
            Future<?> publisher = threads.submit(() -> {
                for (int i = 0; !over.get(); i++) {
                    try {
                        HttpResponse<String> response = send(request(again, "X-API-Key", KEY, "Content-Type", JSON)
                                .POST(BodyPublishers.ofString("{\"channel\":\"" + channel + "\",\"data\":" + i + "}")));
                        if (response.statusCode() == 200) {
                            done.add(String.valueOf(i));
                        } else {
                            refusals.add(response.statusCode() + " " + response.body());
                        }
                    } catch (IOException noAnswer) {
                        continue; // the outcome is unknown
                    }
                }
                return null;
            });
            await().until(() -> done.size() > 50);
            deployer.undeploy(AGAIN);
            listener.closed();
            heard.addAll(listener.rest());
            int before = done.size();
            List<String> answered = List.copyOf(done);
            deployer.deploy(AGAIN);
            await().atMost(Duration.ofMinutes(1)).until(() -> done.size() > before);
            over.set(true);
            publisher.get(1, TimeUnit.MINUTES);
            assertThat(heard).containsAll(answered);
            assertThat(refusals).allMatch(refusal -> refusal.startsWith("404") || refusal.startsWith("503"));
        } finally {
            over.set(true);
            threads.shutdownNow();
            deployer.undeploy(AGAIN);
        }
    }

    @Test
    @Row("A17")
    void keys_and_payloads_are_not_in_the_log(Seen seen) throws Exception {
        String mark = UUID.randomUUID().toString();
        call("publish", "{\"channel\":\"" + channel + "\",\"data\":\"canary-data-" + mark + "\"}");
        for (String body : List.of(
                "{\"channel\":\"c\",\"data\":canary-" + mark + "}",
                "{\"channel\":\"nowhere:x\",\"data\":\"canary-" + mark + "\"}",
                "{\"channel\":\"c\",\"data\":1,\"tags\":\"canary-" + mark + "\"}",
                "{\"channel\":\"c\",\"b64data\":\"canary-" + mark + "\"}")) {
            HttpResponse<String> response = send(request(api("publish"), "X-API-Key", KEY, "Content-Type", JSON)
                    .POST(BodyPublishers.ofString(body)));
            assertThat(response.body()).contains("error").doesNotContain(mark);
        }
        HttpResponse<String> wrong = send(request(api("publish"), "X-API-Key", "canary-" + mark, "Content-Type", JSON)
                .POST(BodyPublishers.ofString("{}")));
        refused(401, wrong, "a wrong key");
        for (String secret : List.of(mark, KEY, NEWS_KEY)) {
            assertThat(log.linesWith(secret)).isEmpty();
            assertThat(ServerProcess.threads("")).noneMatch(line -> line.contains(secret));
        }
        seen.note("no API key and nothing published by it in " + log.lines().size() + " lines of the log");
    }
}
