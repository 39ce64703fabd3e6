package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.hooks.FakeApplication;
import dev.switchboard.it.DeployedServer.SocketLine;
import dev.switchboard.transcript.Dialect;
import java.net.URI;
import java.net.URL;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the requests and answers of hooks with a server that was written for Centrifugo. */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class HookContractIT {

    private static final Queue<FakeApplication.Request> ASKED = new ConcurrentLinkedQueue<>();
    private static final FakeApplication APPLICATION = application();

    @ArquillianResource
    private URL url;

    private DeployedRelay relay;
    private final String id = UUID.randomUUID().toString();

    @Deployment(testable = false)
    static WebArchive asked() {
        return ShippedWar.as(
                "contract.war",
                Map.of(
                        "switchboard.hooks.connect", APPLICATION.uri("connect").toString(),
                        "switchboard.hooks.rpc", APPLICATION.uri("rpc").toString(),
                        "switchboard.hooks.refresh", APPLICATION.uri("refresh").toString(),
                        "switchboard.hooks.headers", "Cookie,Authorization",
                        "switchboard.hooks.headers.fixed", "X-Secret: abc",
                        "switchboard.hooks.meta", "true",
                        "switchboard.hooks.timeout", "20s",
                        "switchboard.token.grace", "0"));
    }

    private static FakeApplication application() {
        FakeApplication application = new FakeApplication();
        application.behave((exchange, request) -> {
            ASKED.add(request);
            String method = request.json().text("method");
            int status = method.startsWith("status ") ? Integer.parseInt(method.substring(7)) : 200;
            FakeApplication.reply(status, answer(request, method).getBytes(UTF_8))
                    .reply(exchange, request);
        });
        return application;
    }

    private static String answer(FakeApplication.Request request, String method) {
        return switch (request.path()) {
            case "/connect" ->
                request.body().contains("brief")
                        ? "{\"result\":{\"user\":\"brief\",\"expire_at\":" + later(2) + ",\"meta\":{\"n\": 1e2}}}"
                        : "{\"result\":{\"user\":\"ann\",\"meta\":{\"n\": 1e2}}}";
            case "/refresh" -> "{\"result\":{\"expire_at\":" + later(2) + ",\"info\":{\"renewed\":true}}}";
            default ->
                switch (method) {
                    case "nothing" -> "{}";
                    case "no" -> "{\"error\":{\"code\":103,\"message\":\"permission denied\"}}";
                    default -> "{\"result\":{\"data\":\"yes\"}}";
                };
        };
    }

    private static long later(int seconds) {
        return Instant.now().getEpochSecond() + seconds;
    }

    @AfterAll
    static void stopServer() {
        APPLICATION.close();
    }

    @BeforeEach
    void come() {
        relay = new DeployedRelay(url);
    }

    @AfterEach
    void leave() throws Exception {
        relay.close();
    }

    private String connect(String data) {
        return "{\"id\":1,\"connect\":{\"name\":\"js\",\"version\":\"5.2\",\"subs\":{\"news\":{}},"
                + "\"headers\":{\"authorization\":\"Bearer x\",\"x-secret\":\"forged\"},\"data\":{\"id\":\"" + data + id
                + "\"}}}";
    }

    private SocketLine connected(Dialect dialect, String data) throws Exception {
        SocketLine line = new SocketLine(relay.socket(relay.endpoint(), DeployedServer.subprotocol(dialect)), dialect);
        line.send(connect(data));
        assertThat(line.next()).contains("\"connect\":{").doesNotContain("meta");
        return line;
    }

    private static String call(SocketLine line, String method) throws Exception {
        line.send("{\"id\":2,\"rpc\":{\"method\":\"" + method + "\"}}");
        return answer(line);
    }

    /** Returns the next reply that is not a ping. */
    private static String answer(SocketLine line) throws Exception {
        String next = line.next();
        while (next.equals("{}")) {
            next = line.next();
        }
        return next;
    }

    private List<FakeApplication.Request> asked(String path) {
        return ASKED.stream().filter(request -> request.path().equals(path)).toList();
    }

    private void assertAskedWhoComes(String transport, String protocol) {
        FakeApplication.Request request = asked("/connect").stream()
                .filter(one -> one.body().contains(id))
                .findFirst()
                .orElseThrow();
        assertThat(request.body())
                .contains("\"transport\":\"" + transport + "\",\"protocol\":\"" + protocol
                        + "\",\"encoding\":\"json\",\"user\":\"\",\"name\":\"js\",\"version\":\"5.2\","
                        + "\"channels\":[\"news\"],\"data\":{");
        assertThat(request.headers().get("Authorization")).containsExactly("Bearer x");
        assertThat(request.headers().get("X-switchboard-connect-headers")).containsExactly("Authorization");
        assertThat(request.headers().get("X-secret")).containsExactly("abc");
    }

    @ParameterizedTest
    @CsvSource({"JSON, json", "PROTOBUF, protobuf"})
    void a_request_describes_a_websocket_client(Dialect dialect, String protocol) throws Exception {
        connected(dialect, "");
        assertAskedWhoComes("websocket", protocol);
    }

    @Test
    void every_request_has_the_meta_of_the_connect_answer_and_a_method_may_answer_nothing() throws Exception {
        SocketLine line = connected(Dialect.JSON, "");
        assertThat(call(line, "nothing")).isEqualTo("{\"id\":2,\"rpc\":{}}");
        assertThat(asked("/rpc"))
                .last()
                .satisfies(request -> assertThat(request.body())
                        .contains("\"encoding\":\"json\",\"user\":\"ann\"")
                        .endsWith(",\"meta\":{\"n\": 1e2}}"));
    }

    @Test
    void a_request_describes_a_client_of_an_http_stream() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(http("connection/http_stream"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(connect("")))
                .build();
        assertThat(relay.keep(new HttpStream(HttpClient.newHttpClient(), request))
                        .next())
                .contains("\"connect\":{");
        assertAskedWhoComes("http_stream", "json");
    }

    @Test
    void a_request_describes_a_client_of_server_sent_events() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        http("connection/sse?cf_connect=" + URLEncoder.encode(connect(""), UTF_8)))
                .build();
        assertThat(relay.keep(new HttpStream(HttpClient.newHttpClient(), request))
                        .next())
                .contains("\"connect\":{");
        assertAskedWhoComes("sse", "json");
    }

    private URI http(String path) {
        return URI.create(url + path);
    }

    @Test
    void a_connection_stays_while_the_application_renews_it() throws Exception {
        SocketLine line = connected(Dialect.JSON, "brief");
        await().atMost(Duration.ofSeconds(30)).until(() -> asked("/refresh").size() >= 2);
        assertThat(asked("/refresh").get(0).body())
                .endsWith("\"encoding\":\"json\",\"user\":\"brief\",\"meta\":{\"n\": 1e2}}");
        assertThat(call(line, "any")).isEqualTo("{\"id\":2,\"rpc\":{\"data\":\"yes\"}}");
    }

    @Test
    void errors_for_one_user_do_not_open_the_circuit_for_others() throws Exception {
        SocketLine eve = connected(Dialect.JSON, "");
        SocketLine ann = connected(Dialect.JSON, "");
        for (int i = 0; i < 10; i++) {
            assertThat(call(eve, "no"))
                    .isEqualTo("{\"id\":2,\"error\":{\"code\":103,\"message\":\"permission denied\"}}");
            assertThat(call(eve, "status 403"))
                    .isEqualTo("{\"id\":2,\"error\":{\"code\":103,\"message\":\"permission denied\"}}");
            assertThat(call(eve, "status 500")).contains("\"code\":100", "\"temporary\":true");
            assertThat(call(eve, "status 503")).contains("\"code\":100", "\"temporary\":true");
        }
        assertThat(call(ann, "any")).isEqualTo("{\"id\":2,\"rpc\":{\"data\":\"yes\"}}");
        assertThat(relay.metric("switchboard_hooks_dead{hook=\"rpc\"}")).isZero();
    }
}
