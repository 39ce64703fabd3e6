package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.hooks.FakeApplication;
import dev.switchboard.it.DeployedServer.SocketLine;
import dev.switchboard.json.JsonObject;
import dev.switchboard.transcript.Dialect;
import java.io.IOException;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.OperateOnDeployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tests hooks in each container: HTTP requests to an application. In all deployments of a
 * container, the settings of server-config make the relay ask about subscriptions and publications.
 */
@ContainerTest
@Tag("executable")
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class HookIT {

    private static final String ASKED = "asked";
    private static final String SILENT = "silent";
    private static final String DEAD = "dead";

    private static final String TEMPORARY =
            "{\"id\":2,\"error\":{\"code\":100,\"message\":\"internal server error\",\"temporary\":true}}";

    private static final Queue<FakeApplication.Request> TOLD = new ConcurrentLinkedQueue<>();
    private static final FakeApplication APPLICATION = application();
    private static final FakeApplication SLEEPER = sleeper();

    @ArquillianResource
    @OperateOnDeployment(ASKED)
    private URL askedUrl;

    @ArquillianResource
    @OperateOnDeployment(SILENT)
    private URL silentUrl;

    @ArquillianResource
    @OperateOnDeployment(DEAD)
    private URL deadUrl;

    private DeployedRelay asked;
    private DeployedRelay silent;
    private DeployedRelay dead;
    private final ServerLog log = new ServerLog();
    private final String id = UUID.randomUUID().toString();

    @Deployment(name = ASKED, testable = false)
    static WebArchive asked() {
        Map<String, String> settings = new HashMap<>();
        for (String hook : List.of("connect", "rpc", "disconnect", "vacated")) {
            settings.put(
                    "switchboard.hooks." + hook,
                    APPLICATION.uri("hooks/" + hook).toString());
        }
        settings.put("switchboard.hooks.headers", "Cookie");
        settings.put("switchboard.hooks.secret", "a secret of more than thirty-two bytes");
        settings.put("switchboard.hooks.vacated.after", "3s");
        settings.put("switchboard.hooks.timeout", "20s");
        return ShippedWar.as(ASKED + ".war", settings);
    }

    /** Deploys a relay whose application accepts requests and never answers. */
    @Deployment(name = SILENT, testable = false)
    static WebArchive silent() {
        return ShippedWar.as(
                SILENT + ".war",
                Map.of("switchboard.hooks.rpc", SLEEPER.uri("rpc").toString(), "switchboard.hooks.timeout", "20s"));
    }

    /** Deploys a relay whose application does not listen. */
    @Deployment(name = DEAD, testable = false)
    static WebArchive dead() {
        try (FakeApplication gone = new FakeApplication()) {
            return ShippedWar.as(
                    DEAD + ".war",
                    Map.of("switchboard.hooks.rpc", gone.uri("canary-path").toString()));
        }
    }

    private static FakeApplication application() {
        FakeApplication application = new FakeApplication(Integer.getInteger("application.port"));
        application.behave((exchange, request) -> {
            String answer = answer(request);
            FakeApplication.reply(answer.isEmpty() ? 500 : 200, answer.getBytes(UTF_8))
                    .reply(exchange, request);
        });
        return application;
    }

    private static FakeApplication sleeper() {
        FakeApplication application = new FakeApplication();
        application.behave(application.silence());
        return application;
    }

    /** Returns the answer of the application. An empty answer stands for a failure. */
    private static String answer(FakeApplication.Request request) {
        JsonObject asked = request.json();
        return switch (request.path()) {
            case "/hooks/connect" -> {
                List<String> cookies = request.headers().getOrDefault("Cookie", List.of());
                yield cookies.isEmpty()
                        ? "{\"result\":{}}"
                        : "{\"result\":{\"user\":\"" + cookies.get(0).replace("user=", "")
                                + "\",\"data\":{\"n\": 1e2}}}";
            }
            case "/hooks/subscribe" ->
                asked.text("user").equals("ann")
                        ? "{\"result\":{\"data\":\"welcome\"}}"
                        : "{\"error\":{\"code\":403,\"message\":\"for ann alone\"}}";
            case "/hooks/publish" ->
                switch (asked.text("data")) {
                    case "bad" -> "{\"error\":{\"code\":400,\"message\":\"mind your words\"}}";
                    case "fault" -> "";
                    default -> "{\"result\":{\"data\":\"<" + asked.text("data") + ">\"}}";
                };
            case "/hooks/rpc" ->
                asked.text("method").equals("echo")
                        ? "{\"result\":{\"data\":" + asked.json("data") + "}}"
                        : "{\"error\":{\"code\":104,\"message\":\"method not found\"}}";
            default -> {
                TOLD.add(request);
                yield "{}";
            }
        };
    }

    @AfterAll
    static void stopServers() {
        APPLICATION.close();
        SLEEPER.close();
    }

    @BeforeEach
    void come() {
        asked = new DeployedRelay(askedUrl);
        silent = new DeployedRelay(silentUrl);
        dead = new DeployedRelay(deadUrl);
    }

    @AfterEach
    void leave() throws Exception {
        asked.close();
        silent.close();
        dead.close();
    }

    private static SocketLine connected(DeployedRelay relay, String... headers) throws IOException {
        String[] all = new String[headers.length + 1];
        System.arraycopy(headers, 0, all, 1, headers.length);
        all[0] = DeployedServer.subprotocol(Dialect.JSON);
        SocketLine line = new SocketLine(relay.socket(relay.endpoint(), all), Dialect.JSON);
        line.send("{\"id\":1,\"connect\":{}}");
        return line;
    }

    private static String ask(SocketLine line, String command) throws IOException {
        line.send("{\"id\":2," + command + "}");
        return answer(line);
    }

    /** Returns the next reply that is not a ping. */
    private static String answer(SocketLine line) throws IOException {
        String next = line.next();
        while (next.equals("{}")) {
            next = line.next();
        }
        return next;
    }

    private static long told(String path, Predicate<JsonObject> what) {
        return TOLD.stream()
                .filter(request -> request.path().equals(path) && what.test(request.json()))
                .count();
    }

    private static boolean isOf(String channel, JsonObject told) {
        return told.text("channel").equals(channel);
    }

    @Test
    void the_application_names_the_user_of_a_cookie_and_is_told_of_its_disconnect() throws Exception {
        SocketLine ann = connected(asked, "Cookie: user=ann");
        assertThat(ann.next())
                .contains("\"connect\":{", "\"data\":{\"n\": 1e2}")
                .doesNotContain("expires");
        assertThat(ask(ann, "\"subscribe\":{\"channel\":\"gated:" + id + "\"}"))
                .isEqualTo("{\"id\":2,\"subscribe\":{\"data\":\"welcome\"}}");
        SocketLine bob = connected(asked, "Cookie: user=bob-" + id);
        assertThat(bob.next()).contains("\"connect\":{");
        assertThat(ask(bob, "\"subscribe\":{\"channel\":\"gated:" + id + "\"}"))
                .isEqualTo("{\"id\":2,\"error\":{\"code\":403,\"message\":\"for ann alone\"}}");
        bob.cut();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> told("/hooks/disconnect", gone -> gone.text("user").equals("bob-" + id)) == 1);
        assertThat(TOLD.stream().filter(request -> request.body().contains("bob-" + id)))
                .allSatisfy(request -> {
                    assertThat(request.headers().get("X-switchboard-signature"))
                            .singleElement()
                            .asString()
                            .startsWith("sha256=");
                    assertThat(request.json().text("protocol")).isEqualTo("json");
                });
    }

    @Test
    void the_application_changes_and_refuses_publications_of_all_kinds_of_clients() throws Exception {
        String channel = "moderated:" + id;
        WebSocketClient reader = member(channel);
        WebSocketClient writer = asked.rawClient(channel);
        writer.send("one");
        writer.send("two");
        writer.send("three");
        assertThat(reader.next(3)).containsExactly("<one>", "<two>", "<three>");
        SocketLine ann = connected(asked, "Cookie: user=ann");
        ann.next();
        ask(ann, "\"subscribe\":{\"channel\":\"" + channel + "\"}");
        assertThat(ask(ann, "\"publish\":{\"channel\":\"" + channel + "\",\"data\":\"bad\"}"))
                .isEqualTo("{\"id\":2,\"error\":{\"code\":400,\"message\":\"mind your words\"}}");
        assertThat(ask(ann, "\"publish\":{\"channel\":\"" + channel + "\",\"data\":\"good\"}"))
                .contains("\"pub\":{\"data\":\"<good>\"");
        assertThat(reader.next()).isEqualTo("\"<good>\"");
        writer.send("bad");
        assertThat(writer.closed().getCloseCode().getCode()).isEqualTo(3507);
        reader.send("fault");
        assertThat(reader.closed().getCloseCode().getCode()).isEqualTo(3004);
    }

    @Test
    void a_client_calls_methods_of_the_application() throws Exception {
        SocketLine ann = connected(asked);
        ann.next();
        assertThat(ask(ann, "\"rpc\":{\"method\":\"echo\",\"data\":{\"n\": 1e2}}"))
                .isEqualTo("{\"id\":2,\"rpc\":{\"data\":{\"n\": 1e2}}}");
        assertThat(ask(ann, "\"rpc\":{\"method\":\"other\"}"))
                .isEqualTo("{\"id\":2,\"error\":{\"code\":104,\"message\":\"method not found\"}}");
    }

    @Test
    void the_application_is_told_once_of_an_empty_channel_and_not_of_a_returning_one() throws Exception {
        String room = "plain:room-" + id;
        List<WebSocketClient> crowd = crowd(room);
        for (int round = 0; round < 3; round++) {
            for (WebSocketClient each : crowd) {
                each.close();
            }
            crowd = crowd(room);
        }
        String last = "plain:last-" + id;
        member(last).close();
        await().atMost(Duration.ofSeconds(30)).until(() -> told("/hooks/vacated", one -> isOf(last, one)) == 1);
        assertThat(told("/hooks/vacated", one -> isOf(room, one))).isZero();
        for (WebSocketClient each : crowd) {
            each.close();
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> told("/hooks/vacated", one -> isOf(room, one)) == 1);
    }

    /**
     * Returns a raw client that is in the channel: it has got a message of its own or of another
     * client.
     */
    private WebSocketClient member(String channel) throws Exception {
        WebSocketClient member = asked.rawClient(channel + "?echo=true");
        member.send("here");
        member.next();
        return member;
    }

    private List<WebSocketClient> crowd(String channel) throws Exception {
        List<WebSocketClient> crowd = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            crowd.add(member(channel));
        }
        return crowd;
    }

    @Test
    void other_clients_do_not_wait_while_the_application_is_silent() throws Exception {
        List<SocketLine> waiting = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            SocketLine line = connected(silent);
            assertThat(line.next()).contains("\"connect\":{");
            line.send("{\"id\":2,\"rpc\":{\"method\":\"m\"}}");
            waiting.add(line);
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> SLEEPER.count() >= 50);
        WebSocketClient reader = silent.rawClient("plain:" + id);
        WebSocketClient writer = silent.rawClient("plain:" + id);
        for (int i = 0; i < 100; i++) {
            writer.send("message " + i);
        }
        assertThat(reader.next(100)).hasSize(100);
        for (SocketLine line : waiting) {
            assertThat(answer(line)).isEqualTo(TEMPORARY);
        }
    }

    @Test
    void clients_get_a_temporary_error_at_once_and_the_log_one_line_when_the_application_is_down() throws Exception {
        SocketLine line = connected(dead);
        assertThat(line.next()).contains("\"connect\":{");
        for (int i = 0; i < 50; i++) {
            assertThat(ask(line, "\"rpc\":{\"method\":\"m\"}")).isEqualTo(TEMPORARY);
        }
        assertThat(ask(line, "\"subscribe\":{\"channel\":\"plain:" + id + "\"}"))
                .contains("\"subscribe\":{");
        assertThat(ask(line, "\"publish\":{\"channel\":\"plain:" + id + "\",\"data\":1}"))
                .contains("\"pub\":");
        assertThat(line.next()).contains("\"publish\":{}");
        assertThat(dead.metric("switchboard_hooks_dead{hook=\"rpc\"}")).isEqualTo(1);
        assertThat(dead.metric("switchboard_hooks_total{hook=\"rpc\",outcome=\"rejected\"}"))
                .isGreaterThan(30);
        log.awaitLine("the application does not answer: hook=rpc");
        assertThat(log.linesWith("canary-path")).isEmpty();
    }
}
