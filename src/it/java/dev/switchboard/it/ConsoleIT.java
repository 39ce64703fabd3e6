package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.json.JsonObject;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the console in each container: who gets in, what the answers hold, and what the acts do. */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class ConsoleIT {

    private static final String ON = "console";
    private static final String OFF = "no-console";

    private static final String PASSWORD = "canary-password-" + UUID.randomUUID();
    private static final String READER = "canary-reader-" + UUID.randomUUID();
    private static final String KEY = "canary-key-" + UUID.randomUUID();
    private static final String JSON = "application/json";
    private static final String HOSTILE = "<img src=x onerror=alert(1)>\"'&";

    @ArquillianResource
    @OperateOnDeployment(ON)
    private URL url;

    @ArquillianResource
    @OperateOnDeployment(OFF)
    private URL offUrl;

    private DeployedRelay relay;
    private final ServerLog log = new ServerLog();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String channel = "console-" + UUID.randomUUID();

    @Deployment(name = ON, testable = false)
    static WebArchive on() {
        return TestWar.with(
                ON,
                Map.of(
                        "admin.password",
                        PASSWORD,
                        "admin.reader.password",
                        READER,
                        "api.key",
                        KEY,
                        "proxies",
                        "127.0.0.0/8,::1",
                        "token.secret",
                        LoginIT.SECRET));
    }

    @Deployment(name = OFF, testable = false)
    static WebArchive off() {
        return ShippedWar.as(OFF + ".war");
    }

    @BeforeEach
    void connect() {
        relay = new DeployedRelay(url);
    }

    @AfterEach
    void disconnect() throws Exception {
        relay.close();
    }

    private static URI at(URL root, String path) {
        return URI.create("http://" + root.getHost() + ":" + root.getPort() + root.getPath() + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.timeout(Duration.ofSeconds(30)).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder api(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(at(url, "admin/api/" + path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private HttpResponse<String> login(String password, String... headers) throws Exception {
        HttpRequest.Builder request =
                api("login", "Content-Type", JSON).POST(BodyPublishers.ofString("{\"password\":\"" + password + "\"}"));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    /** A login: its cookie, and what each act must bring. */
    private record Operator(String cookie, String csrf) {}

    private Operator operator(String password) throws Exception {
        HttpResponse<String> answer = login(password);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie)
                .contains("; HttpOnly", "; SameSite=Strict", "; Path=" + url.getPath() + "admin")
                .doesNotContain("Secure");
        return new Operator(
                cookie.split(";", 2)[0], JsonObject.of(answer.body()).text("csrf"));
    }

    private HttpResponse<String> act(Operator operator, String path, String json) throws Exception {
        return send(api(path, "Content-Type", JSON, "Cookie", operator.cookie, "X-Switchboard-Csrf", operator.csrf)
                .POST(BodyPublishers.ofString(json)));
    }

    private JsonObject look(Operator operator, String path) throws Exception {
        HttpResponse<String> answer = send(api(path, "Cookie", operator.cookie));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(answer.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy).contains("default-src 'none'", "form-action 'none'"));
        assertThat(answer.body()).doesNotContain("canary");
        return JsonObject.of(answer.body());
    }

    @Test
    void the_console_is_off_by_default() throws Exception {
        for (String path : List.of("admin/", "admin/index.html", "admin/api/session", "admin/api/top")) {
            HttpResponse<String> answer = send(HttpRequest.newBuilder(at(offUrl, path)));
            assertThat(answer.statusCode()).as(path).isEqualTo(404);
            assertThat(answer.body()).contains("switchboard.admin.password");
        }
        assertThat(send(HttpRequest.newBuilder(at(offUrl, "admin/api/login"))
                                .header("Content-Type", JSON)
                                .POST(BodyPublishers.ofString("{\"password\":\"\"}")))
                        .statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_stranger_sees_nothing_and_five_wrong_passwords_make_an_address_wait() throws Exception {
        for (String path : List.of("session", "feed", "top", "settings", "watch?channel=a")) {
            assertThat(send(api(path)).statusCode()).as(path).isEqualTo(401);
        }
        assertThat(send(api("top", "X-API-Key", "guessed")).statusCode()).isEqualTo(401);
        String[] elsewhere = {"X-Forwarded-For", "198.51.100." + (1 + (int) (System.nanoTime() % 200 + 200) % 200)};
        for (int i = 0; i < 5; i++) {
            assertThat(login("guess-" + i, elsewhere).statusCode()).isEqualTo(401);
        }
        HttpResponse<String> sixth = login(PASSWORD, elsewhere);
        assertThat(sixth.statusCode()).isEqualTo(429);
        assertThat(Integer.parseInt(sixth.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 60);
        operator(PASSWORD); // another address
    }

    @Test
    void a_logout_ends_the_session() throws Exception {
        Operator operator = operator(PASSWORD);
        assertThat(look(operator, "session").text("mode")).isEqualTo("all");
        assertThat(act(operator, "logout", "{}").statusCode()).isEqualTo(200);
        assertThat(send(api("session", "Cookie", operator.cookie)).statusCode()).isEqualTo(401);
    }

    @Test
    void a_reader_a_key_and_a_request_without_csrf_change_nothing() throws Exception {
        String json = "{\"channel\":\"" + channel + "\",\"data\":1}";
        Operator reader = operator(READER);
        assertThat(look(reader, "session").text("mode")).isEqualTo("read");
        assertThat(act(reader, "do/publish", json).statusCode()).isEqualTo(403);

        Operator all = operator(PASSWORD);
        assertThat(send(api("do/publish", "Content-Type", JSON, "Cookie", all.cookie)
                                .POST(BodyPublishers.ofString(json)))
                        .statusCode())
                .isEqualTo(403);
        assertThat(act(new Operator(all.cookie, reader.csrf), "do/publish", json)
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(api(
                                        "do/publish",
                                        "Content-Type",
                                        "text/plain",
                                        "Cookie",
                                        all.cookie,
                                        "X-Switchboard-Csrf",
                                        all.csrf)
                                .POST(BodyPublishers.ofString(json)))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(api("top", "X-API-Key", KEY)).statusCode()).isEqualTo(200);
        assertThat(send(api("do/publish", "Content-Type", JSON, "X-API-Key", KEY)
                                .POST(BodyPublishers.ofString(json)))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void the_feed_has_points_that_move() throws Exception {
        Operator operator = operator(READER);
        WebSocketClient client = relay.rawClient(channel);
        HttpResponse<InputStream> feed =
                http.send(api("feed", "Cookie", operator.cookie).build(), BodyHandlers.ofInputStream());
        assertThat(feed.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(feed.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("event: past");
            client.send("moves the feed");
            JsonObject point = point(lines);
            while (point.source("in") != null && point.source("in").equals("0")) {
                point = point(lines);
            }
            assertThat(point.number("connections")).isPositive();
            assertThat(point.source("publications")).startsWith("{\"\":");
        }
    }

    private static JsonObject point(BufferedReader lines) throws Exception {
        String line = lines.readLine();
        while (!line.equals("event: point")) {
            line = lines.readLine();
        }
        assertThat(lines.readLine()).startsWith("id: ");
        return JsonObject.of(lines.readLine().substring("data: ".length()));
    }

    @Test
    void an_act_has_its_effect_and_a_line_in_the_audit_log() throws Exception {
        Operator operator = operator(PASSWORD);
        WebSocketClient client = relay.rawClient(channel);
        String named = "{\"channel\":\"" + channel + "\"";
        assertThat(act(operator, "do/publish", named + ",\"data\":\"canary-payload\"}")
                        .body())
                .isEqualTo("{}");
        assertThat(client.next()).isEqualTo("\"canary-payload\"");
        assertThat(look(operator, "history?channel=" + channel).objects("publications"))
                .hasSize(1);

        JsonObject shown = look(operator, "channel?name=" + channel);
        String id = shown.objects("clients").get(0).text("client");
        assertThat(look(operator, "client?id=" + id).texts("channels")).containsExactly(channel);
        assertThat(act(operator, "do/disconnect", "{\"client\":\"" + id + "\"}").statusCode())
                .isEqualTo(200);
        assertThat(client.closed().getCloseCode().getCode()).isGreaterThan(1000);

        String user = "eve-" + UUID.randomUUID();
        assertThat(act(operator, "do/block", "{\"user\":\"" + user + "\"}").statusCode())
                .isEqualTo(200);
        assertThat(look(operator, "user?id=" + user).flag("blocked")).isTrue();
        assertThat(act(operator, "do/unblock", "{\"user\":\"" + user + "\"}").statusCode())
                .isEqualTo(200);
        assertThat(act(operator, "do/revoke", "{\"token\":\"a.b.c\"}").statusCode())
                .isEqualTo(400);
        assertThat(act(operator, "do/disconnect", "{}").statusCode()).isEqualTo(400);
        assertThat(act(operator, "explain", named + ",\"user\":\"" + user + "\"}")
                        .body())
                .contains("\"rights\":");

        log.awaitLine("\"event\":\"audit\"", "\"act\":\"publish\"", channel, "\"who\":\"password\"");
        log.awaitLine("\"event\":\"audit\"", "\"act\":\"disconnect\"", id);
        log.awaitLine("\"event\":\"audit\"", "\"act\":\"block\"", user);
        log.awaitLine("\"event\":\"audit\"", "\"act\":\"unblock\"", user);
        assertThat(log.linesWith("canary")).isEmpty();
    }

    @Test
    void a_hostile_channel_name_comes_back_as_text_of_json() throws Exception {
        Operator operator = operator(PASSWORD);
        String encoded = URLEncoder.encode(HOSTILE, StandardCharsets.UTF_8);
        String quoted = "\"" + HOSTILE.replace("\"", "\\\"") + "\"";
        assertThat(act(operator, "do/publish", "{\"channel\":" + quoted + ",\"data\":1}")
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> top = send(api("top?limit=1000", "Cookie", operator.cookie));
        assertThat(top.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith(JSON));
        JsonObject channels = Objects.requireNonNull(JsonObject.of(top.body()).object("channels"));
        assertThat(channels.objects("messages"))
                .extracting(hot -> hot.text("channel"))
                .contains(HOSTILE);
        assertThat(look(operator, "channel?name=" + encoded).text("channel")).isEqualTo(HOSTILE);
    }

    @Test
    void a_watch_shows_what_happens_in_a_channel() throws Exception {
        Operator operator = operator(READER);
        HttpResponse<InputStream> watch = http.send(
                api("watch?channel=" + channel + "&payloads=true", "Cookie", operator.cookie)
                        .build(),
                BodyHandlers.ofInputStream());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
            relay.rawClient(channel).send("seen by the operator");
            String line = lines.readLine();
            while (!line.contains("\"publish\"")) {
                line = lines.readLine();
            }
            assertThat(line).contains("\"data\":\"seen by the operator\"", channel);
        }
    }

    @Test
    void the_settings_name_no_secret() throws Exception {
        Operator operator = operator(READER);
        JsonObject settings = look(operator, "settings");
        assertThat(settings.objects("settings"))
                .filteredOn(setting -> setting.text("name").equals("switchboard.api.key"))
                .extracting(setting -> setting.text("value"))
                .containsExactly("•••");
        assertThat(settings.objects("doors"))
                .filteredOn(door -> door.text("path").equals("/admin/"))
                .allMatch(door -> door.flag("open"));
        await().untilAsserted(
                        () -> assertThat(log.linesWith("\"act\":\"login\"")).isNotEmpty());
        assertThat(log.linesWith(PASSWORD)).isEmpty();
        assertThat(log.linesWith(READER)).isEmpty();
    }
}
