package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.it.DeployedServer.SocketLine;
import dev.switchboard.transcript.Dialect;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Tests what every container does with the shipped WAR. The server starts once, and its stop is the last
 * test.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@SuppressWarnings("NullAway.Init") // JUnit calls start first
abstract class ContainerContract {

    private static final String CONNECT = "{\"id\":1,\"connect\":{}}";
    private static final String JSON = "application/json";
    private static final String TEXT = "text/plain";
    private static final Pattern SESSION = Pattern.compile("\"session\":\"(\\w+)\",\"node\":\"(\\w+)\"");

    private static final Pattern NOISE = Pattern.compile("Exception|SEVERE|\\bERROR\\b|WARN|\\[err\\]|^\\s+at ");

    /** The relay's own warnings of this run, and what Open Liberty says on a machine that has other work. */
    private static final Pattern EXPECTED =
            Pattern.compile("dev\\.switchboard\\.|switchboard\\.access=open|refused origin|CWWKZ0022W");

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private UnpackedServer server;
    private int logged;

    /** Returns a server that has not been started. */
    abstract UnpackedServer server() throws Exception;

    /** Returns the status of a publication, which is 204 but where the container makes 200 of it. */
    int published() {
        return 204;
    }

    @BeforeAll
    final void start() throws Exception {
        server = server().started();
        logged = server.log().length();
        server.deploy();
    }

    @AfterEach
    final void closeClients() throws Exception {
        for (AutoCloseable client : opened) {
            client.close();
        }
        opened.clear();
    }

    @AfterAll
    final void stop() throws Exception {
        server.close();
    }

    private URI http(String path) {
        return server.uri("http", "/switchboard/" + path);
    }

    private RawSocket socket(String path, String... headers) throws Exception {
        RawSocket socket = new RawSocket(server.uri("ws", "/switchboard/" + path), headers);
        opened.add(socket);
        return socket;
    }

    private RawSocket raw(String channel) throws Exception {
        return socket("raw?channel=" + URLEncoder.encode(channel, UTF_8)).joined();
    }

    private SocketLine line(Dialect dialect) throws Exception {
        return new SocketLine(socket(DeployedRelay.ENDPOINT, DeployedServer.subprotocol(dialect)), dialect);
    }

    private HttpStream stream(HttpRequest.Builder request) throws Exception {
        HttpStream stream = new HttpStream(http, request.build());
        opened.add(stream);
        assertThat(stream.status()).isEqualTo(200);
        return stream;
    }

    private HttpStream events(String path) throws Exception {
        return stream(HttpRequest.newBuilder(http(path)));
    }

    private int post(String path, String type, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(http(path))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(body))
                .build();
        return http.send(request, BodyHandlers.ofString()).statusCode();
    }

    @Test
    @Order(1)
    void text_and_bytes_are_forwarded_both_ways() throws Exception {
        RawSocket ann = socket("raw/room").joined();
        RawSocket bob = socket("raw/room").joined();
        ann.send("grüße 🙂");
        ann.send(new byte[] {0, -1});
        assertThat(bob.next().text()).isEqualTo("grüße 🙂");
        assertThat(bob.next().bytes()).containsExactly(0, -1);
        bob.send(new byte[70_000 / 2]);
        bob.send("x".repeat(60_000));
        assertThat(ann.next().bytes()).hasSize(35_000);
        assertThat(ann.next().text()).hasSize(60_000);
    }

    @Test
    @Order(1)
    void the_parameter_channel_names_any_channel() throws Exception {
        for (String name : List.of("..", "a/b", "a\\b", "{a}", "100%", "é +&=", "large:1", "raw")) {
            RawSocket socket = raw(name);
            assertThat(post("raw?channel=" + URLEncoder.encode(name, UTF_8), TEXT, name))
                    .isEqualTo(published());
            assertThat(socket.next().text()).isEqualTo(name);
        }
    }

    @Test
    @Order(1)
    void clients_of_json_and_of_protobuf_talk_in_a_channel() throws Exception {
        SocketLine json = line(Dialect.JSON);
        SocketLine protobuf = line(Dialect.PROTOBUF);
        for (SocketLine client : List.of(json, protobuf)) {
            client.send(CONNECT);
            assertThat(client.next()).startsWith("{\"id\":1,\"connect\":");
            client.send("{\"id\":2,\"subscribe\":{\"channel\":\"large:talk\"}}");
            assertThat(client.next()).startsWith("{\"id\":2,\"subscribe\":");
        }
        protobuf.send("{\"id\":3,\"publish\":{\"channel\":\"large:talk\",\"data\":{\"n\":1}}}");
        assertThat(json.next()).contains("\"channel\":\"large:talk\"").contains("{\"n\":1}");
    }

    @Test
    @Order(1)
    void a_raw_channel_is_read_as_events_and_published_to_by_post() throws Exception {
        HttpStream events = events("raw?channel=large%3Aevents");
        RawSocket socket = raw("large:events");
        assertThat(post("raw?channel=large%3Aevents", TEXT, "posted")).isEqualTo(published());
        assertThat(socket.next().text()).isEqualTo("posted");
        events.after("data: posted");
        socket.send("sent");
        events.after("data: sent");
    }

    @Test
    @Order(1)
    void clients_without_websocket_connect_and_send() throws Exception {
        HttpStream lines = stream(HttpRequest.newBuilder(http("connection/http_stream"))
                .header("Content-Type", JSON)
                .POST(BodyPublishers.ofString(CONNECT)));
        HttpStream events = events("connection/sse?cf_connect=" + URLEncoder.encode(CONNECT, UTF_8));
        for (HttpStream stream : List.of(lines, events)) {
            Matcher session = SESSION.matcher(stream.next());
            assertThat(session.find()).isTrue();
            assertThat(
                            post(
                                    "emulation",
                                    JSON,
                                    "{\"session\":\"" + session.group(1) + "\",\"node\":\"" + session.group(2)
                                            + "\",\"data\":\"{\\\"id\\\":2,\\\"subscribe\\\":{\\\"channel\\\":\\\"large:old\\\"}}\"}"))
                    .isEqualTo(published());
            assertThat(stream.next()).contains("{\"id\":2,\"subscribe\":");
        }
        assertThat(post("raw?channel=large%3Aold", TEXT, "5")).isEqualTo(published());
        lines.after("\"channel\":\"large:old\"");
        events.after("\"channel\":\"large:old\"");
    }

    @Test
    @Order(1)
    void a_page_of_another_origin_is_refused_with_403_unless_a_setting_names_it() throws Exception {
        for (String path : List.of("raw/room", DeployedRelay.ENDPOINT)) {
            assertThat(socket(path, "Origin: https://evil.example").status).contains(" 403");
            assertThat(socket(path, "Origin: https://friend.example").isUpgraded())
                    .isTrue();
        }
    }

    @Test
    @Order(2)
    void an_undeploy_closes_all_clients_with_3001_and_a_redeploy_takes_clients() throws Exception {
        RawSocket raw = raw("room");
        RawSocket protocol = socket(DeployedRelay.ENDPOINT, DeployedServer.subprotocol(Dialect.JSON));
        protocol.send(CONNECT);
        protocol.next();
        HttpStream events = events("raw?channel=room");

        server.undeploy();

        for (RawSocket client : List.of(raw, protocol)) {
            RawSocket.Message close = client.awaitClose();
            assertThat(close.closeCode()).isEqualTo(3001);
            assertThat(close.closeReason()).isEqualTo("shutdown");
        }
        events.after("data: 3001 shutdown");
        assertThat(events.next()).isEqualTo(HttpStream.END);

        server.deploy();

        text_and_bytes_are_forwarded_both_ways();
    }

    @Test
    @Order(3)
    void a_healthy_run_leaves_no_warning_and_no_failure_in_the_log() {
        assertThat(server.log().substring(logged).lines())
                .filteredOn(line ->
                        NOISE.matcher(line).find() && !EXPECTED.matcher(line).find())
                .isEmpty();
    }

    @Test
    @Order(4)
    void a_path_that_containers_change_reaches_no_channel() throws Exception {
        List<RawSocket> listeners = List.of(raw("b"), raw(".."));
        for (String path : List.of("raw/a%2Fb", "raw/a%5Cb", "raw/..", "raw/%2e%2e", "raw/a%7Bb")) {
            assertThat(socket(path).isUpgraded()).as(path).isFalse();
            post(path, TEXT, path); // some containers answer with a page
        }
        for (String name : List.of("b", "..")) {
            assertThat(post("raw?channel=" + name, TEXT, "the end")).isEqualTo(published());
        }
        for (RawSocket listener : listeners) {
            assertThat(listener.next().text()).isEqualTo("the end");
        }
    }

    /** Ends the server with clients. The tests of a container say what they see. */
    final List<String> stopWithClients() throws Exception {
        RawSocket raw = raw("room");
        RawSocket protocol = socket(DeployedRelay.ENDPOINT, DeployedServer.subprotocol(Dialect.JSON));
        protocol.send(CONNECT);
        protocol.next();
        server.beginStop();
        return List.of(raw.end(), protocol.end());
    }
}
