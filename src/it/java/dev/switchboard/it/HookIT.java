package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.hooks.FakeSite;
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
 * The application behind the relay, asked and told over HTTP from within each container. Who may be in a channel, and what may be published, it is
 * asked for all deployments of a container, by the settings of server-config.
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

    private static final Queue<FakeSite.Request> TOLD = new ConcurrentLinkedQueue<>();
    private static final FakeSite APPLICATION = application();
    private static final FakeSite SLEEPER = sleeper();

    @ArquillianResource
    @OperateOnDeployment(ASKED)
    private URL askedUrl;

    @ArquillianResource
    @OperateOnDeployment(SILENT)
    private URL silentUrl;

    @ArquillianResource
    @OperateOnDeployment(DEAD)
    private URL deadUrl;

    private Site asked;
    private Site silent;
    private Site dead;
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

    /** Behind it is an application that takes requests and never answers. */
    @Deployment(name = SILENT, testable = false)
    static WebArchive silent() {
        return ShippedWar.as(
                SILENT + ".war",
                Map.of("switchboard.hooks.rpc", SLEEPER.uri("rpc").toString(), "switchboard.hooks.timeout", "20s"));
    }

    /** Behind it nobody listens. */
    @Deployment(name = DEAD, testable = false)
    static WebArchive dead() {
        try (FakeSite gone = new FakeSite()) {
            return ShippedWar.as(
                    DEAD + ".war",
                    Map.of("switchboard.hooks.rpc", gone.uri("canary-path").toString()));
        }
    }

    private static FakeSite application() {
        FakeSite site = new FakeSite(Integer.getInteger("application.port"));
        site.behave((exchange, request) -> {
            String answer = answer(request);
            FakeSite.answer(answer.isEmpty() ? 500 : 200, answer.getBytes(UTF_8))
                    .answer(exchange, request);
        });
        return site;
    }

    private static FakeSite sleeper() {
        FakeSite site = new FakeSite();
        site.behave(site.silence());
        return site;
    }

    /** Empty for a fault. */
    private static String answer(FakeSite.Request request) {
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
        asked = new Site(askedUrl);
        silent = new Site(silentUrl);
        dead = new Site(deadUrl);
    }

    @AfterEach
    void leave() throws Exception {
        asked.close();
        silent.close();
        dead.close();
    }

    private static SocketLine connected(Site site, String... headers) throws IOException {
        String[] all = new String[headers.length + 1];
        System.arraycopy(headers, 0, all, 1, headers.length);
        all[0] = DeployedServer.subprotocol(Dialect.JSON);
        SocketLine line = new SocketLine(site.socket(site.endpoint(), all), Dialect.JSON);
        line.send("{\"id\":1,\"connect\":{}}");
        return line;
    }

    private static String ask(SocketLine line, String command) throws IOException {
        line.send("{\"id\":2," + command + "}");
        return answer(line);
    }

    /** The next that is no ping. */
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
    void the_application_says_by_a_cookie_who_comes_and_hears_when_that_one_has_gone() throws Exception {
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
    void it_changes_and_refuses_publications_of_all_kinds_of_clients() throws Exception {
        String channel = "moderated:" + id;
        Caller reader = member(channel);
        Caller writer = asked.caller(channel);
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
    void its_methods_are_called() throws Exception {
        SocketLine ann = connected(asked);
        ann.next();
        assertThat(ask(ann, "\"rpc\":{\"method\":\"echo\",\"data\":{\"n\": 1e2}}"))
                .isEqualTo("{\"id\":2,\"rpc\":{\"data\":{\"n\": 1e2}}}");
        assertThat(ask(ann, "\"rpc\":{\"method\":\"other\"}"))
                .isEqualTo("{\"id\":2,\"error\":{\"code\":104,\"message\":\"method not found\"}}");
    }

    @Test
    void a_channel_to_which_all_come_back_is_not_told_and_an_empty_one_is_once() throws Exception {
        String room = "plain:room-" + id;
        List<Caller> crowd = crowd(room);
        for (int round = 0; round < 3; round++) {
            for (Caller each : crowd) {
                each.close();
            }
            crowd = crowd(room);
        }
        String last = "plain:last-" + id;
        member(last).close();
        await().atMost(Duration.ofSeconds(30)).until(() -> told("/hooks/vacated", one -> isOf(last, one)) == 1);
        assertThat(told("/hooks/vacated", one -> isOf(room, one))).isZero();
        for (Caller each : crowd) {
            each.close();
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> told("/hooks/vacated", one -> isOf(room, one)) == 1);
    }

    /** A raw client that is in the channel, and not only connected: it has heard itself, or another. */
    private Caller member(String channel) throws Exception {
        Caller member = asked.caller(channel + "?echo=true");
        member.send("here");
        member.next();
        return member;
    }

    private List<Caller> crowd(String channel) throws Exception {
        List<Caller> crowd = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            crowd.add(member(channel));
        }
        return crowd;
    }

    @Test
    void while_the_application_is_silent_nobody_else_waits() throws Exception {
        List<SocketLine> waiting = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            SocketLine line = connected(silent);
            assertThat(line.next()).contains("\"connect\":{");
            line.send("{\"id\":2,\"rpc\":{\"method\":\"m\"}}");
            waiting.add(line);
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> SLEEPER.count() >= 50);
        Caller reader = silent.caller("plain:" + id);
        Caller writer = silent.caller("plain:" + id);
        for (int i = 0; i < 100; i++) {
            writer.send("message " + i);
        }
        assertThat(reader.next(100)).hasSize(100);
        for (SocketLine line : waiting) {
            assertThat(answer(line)).isEqualTo(TEMPORARY);
        }
    }

    @Test
    void where_the_application_is_dead_clients_get_a_temporary_error_at_once_and_the_log_says_it_once()
            throws Exception {
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
