package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.it.DeployedServer.SocketLine;
import dev.switchboard.transcript.Dialect;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests in every container which handshakes the relay accepts, and what operators see of them. */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class HandshakeIT {

    private static final String NARROW = "narrow";
    private static final String SLOW = "slow";
    private static final String TIGHT = "tight";
    private static final int MANY = 60;
    private static final String KEY = "change-me-change-me-change-me-change-me";
    private static final int CROWD = 3_000;

    @ArquillianResource
    private URL url;

    @ArquillianResource
    private Deployer deployer;

    private final ConcurrentLinkedQueue<RawSocket> opened = new ConcurrentLinkedQueue<>();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Deploys the relay with its default settings and a key for the metrics. */
    @Deployment(testable = false)
    static WebArchive roomy() {
        return TestWar.with("roomy", Map.of("metrics.key", KEY));
    }

    @Deployment(name = NARROW, managed = false, testable = false)
    static WebArchive narrow() {
        return TestWar.with(
                NARROW,
                Map.of(
                        "connections", "120",
                        "connections.waiting", "50",
                        "connections.address", "40",
                        "connections.user", "3",
                        "token.secret", LoginIT.SECRET,
                        "proxies", "127.0.0.0/8,::1"));
    }

    @Deployment(name = SLOW, managed = false, testable = false)
    static WebArchive slow() {
        return TestWar.with(SLOW, Map.of("handshakes", "100", "handshakes.burst", "100", "drain.rate", "100"));
    }

    @Deployment(name = TIGHT, managed = false, testable = false)
    static WebArchive tight() {
        return TestWar.with(
                TIGHT,
                Map.of(
                        "connections", "20",
                        "connections.address", "10",
                        "connections.user", "3",
                        "token.secret", LoginIT.SECRET,
                        "proxies", "127.0.0.0/8,::1"));
    }

    @AfterEach
    void closeAll() throws IOException {
        for (RawSocket socket : opened) {
            socket.close();
        }
    }

    private String host() {
        return url.getHost() + ":" + url.getPort();
    }

    private RawSocket socket(String path, String... headers) throws IOException {
        RawSocket socket = new RawSocket(URI.create("ws://" + host() + path), headers);
        opened.add(socket);
        return socket;
    }

    private static String from(String address) {
        return "X-Forwarded-For: " + address;
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + host() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String metric(String context, String name) throws Exception {
        return get(context + "/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length() + 1))
                .findFirst()
                .orElse("none");
    }

    private static void assertFull(RawSocket refused) {
        assertThat(refused.status).contains(" 503");
        assertThat(refused.header("Retry-After")).singleElement().asString().matches("[1-9]|[12]\\d|30");
    }

    @Test
    void the_default_limits_accept_three_thousand_clients_of_one_address() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            List<Future<RawSocket>> coming = new ArrayList<>();
            for (int i = 0; i < CROWD; i++) {
                String path = "/roomy/raw/crowd-" + i % 100;
                coming.add(threads.submit(() -> socket(path)));
            }
            for (Future<RawSocket> one : coming) {
                assertThat(one.get(1, TimeUnit.MINUTES).status).contains(" 101");
            }
        } finally {
            threads.shutdownNow();
        }
        await().untilAsserted(() ->
                assertThat(metric("/roomy", "switchboard_clients")).isEqualTo(CROWD + ".0"));
        assertThat(metric("/roomy", "switchboard_channels")).isEqualTo("100.0");
    }

    @Test
    @Row({"C13", "C15"})
    void a_node_accepts_clients_up_to_its_limits_and_counts_refusals() throws Exception {
        deployer.deploy(NARROW);
        try {
            String endpoint = "/narrow/connection/websocket";
            enter(50, endpoint, i -> "203.0.113." + i);
            for (int i = 0; i < 20; i++) {
                assertFull(socket(endpoint, from("203.0.113." + i)));
            }
            assertThat(metric("/narrow", "switchboard_connections_waiting")).isEqualTo("50.0");
            assertThat(metric("/narrow", "switchboard_handshakes_rejected_total{reason=\"waiting\"}"))
                    .isEqualTo("20.0");
            closeAll(); // they sent nothing, and would be disconnected soon
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> metric("/narrow", "switchboard_clients").equals("0.0"));

            for (int i = 0; i < 3; i++) {
                assertThat(connected("carl").next()).startsWith("{\"id\":1,\"connect\":");
            }
            assertThat(connected("carl").next()).isEqualTo("close 3504 connection limit");
            assertThat(connected("dora").next()).startsWith("{\"id\":1,\"connect\":");

            enter(40, "/narrow/raw/full", i -> "1.1.1.1, 198.51.100.1, 127.0.0.1");
            assertFull(socket("/narrow/raw/full", from("2.2.2.2, 198.51.100.1")));
            enter(40, "/narrow/raw/full", i -> "2001:db8:1:2::" + i);
            assertFull(socket("/narrow/raw/full", from("2001:db8:1:2:ffff::")));
            assertThat(metric("/narrow", "switchboard_handshakes_rejected_total{reason=\"address\"}"))
                    .isEqualTo("2.0");

            enter(120 - clients(), "/narrow/raw/full", i -> "198.51.100." + (i + 2));
            assertFull(socket("/narrow/raw/full", from("192.0.2.1")));
            assertThat(metric("/narrow", "switchboard_handshakes_rejected_total{reason=\"connections\"}"))
                    .isEqualTo("1.0");
        } finally {
            deployer.undeploy(NARROW);
        }
    }

    @Test
    @Row({"C17", "C18"})
    void simultaneous_handshakes_do_not_exceed_the_limits_and_broken_ones_do_not_count() throws Exception {
        deployer.deploy(TIGHT);
        ExecutorService threads = Executors.newFixedThreadPool(MANY);
        try {
            if (!"payara".equals(System.getProperty("arquillian.launch"))) { // decision 0034
                breakOff("/tight/raw/ghost");
                breakOff("/tight/connection/websocket");
                awaitNoClients();
            }
            assertThat(atOnce(threads, "/tight/raw/full", i -> "192.0.2.1")).isEqualTo(10);
            awaitNoClients();
            assertThat(atOnce(threads, "/tight/raw/full", i -> "198.51.100." + i))
                    .isEqualTo(20);
            awaitNoClients();
            assertThat(atOnce(threads, "/tight/connection/websocket", i -> "198.51.100." + i))
                    .isEqualTo(20);
            awaitNoClients();
            List<String> answers = new ArrayList<>();
            Callable<String> welcome = () -> connected(TIGHT, "carl").next();
            for (Future<String> one : threads.invokeAll(Collections.nCopies(10, welcome))) {
                answers.add(one.get());
            }
            assertThat(answers)
                    .filteredOn("close 3504 connection limit"::equals)
                    .hasSize(7);
        } finally {
            threads.shutdownNow();
            closeAll();
            deployer.undeploy(TIGHT);
        }
    }

    private void breakOff(String path) throws IOException {
        for (int i = 0; i < MANY; i++) {
            RawSocket.breakOff(URI.create("ws://" + host() + path));
        }
    }

    private static String handshake(String path, String host) {
        return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host
                + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    }

    /** Waits until no client is left. With the fault, that took 25 s. */
    private void awaitNoClients() throws Exception {
        for (RawSocket socket : opened) {
            if (socket.isUpgraded()) {
                socket.send(RawSocket.CLOSE, true, new byte[] {3, (byte) 0xE8});
            }
        }
        closeAll();
        opened.clear();
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            assertThat(metric("/tight", "switchboard_clients")).isEqualTo("0.0");
            assertThat(metric("/tight", "switchboard_channels")).isEqualTo("0.0");
            assertThat(metric("/tight", "switchboard_connections_waiting")).isEqualTo("0.0");
        });
    }

    private int atOnce(ExecutorService threads, String path, IntFunction<String> address) throws Exception {
        CyclicBarrier start = new CyclicBarrier(MANY);
        List<Callable<RawSocket>> handshakes = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            String from = from(address.apply(i));
            handshakes.add(() -> {
                start.await();
                return socket(path, from);
            });
        }
        int in = 0;
        for (Future<RawSocket> handshake : threads.invokeAll(handshakes)) {
            in += handshake.get().isUpgraded() ? 1 : 0;
        }
        return in;
    }

    @Test
    @Row("A18")
    void a_request_for_an_unknown_host_name_gets_421() throws Exception {
        String stranger = "evil.example:" + url.getPort();
        assertThat(status(handshake("/roomy/raw/rebound", stranger))).contains(" 421");
        assertThat(status(handshake("/roomy/connection/websocket", stranger))).contains(" 421");
        for (String path : List.of("/raw/rebound", "/", "/metrics")) {
            assertThat(status("GET /roomy" + path + " HTTP/1.1\r\nHost: " + stranger + "\r\n\r\n"))
                    .as(path)
                    .contains(" 421");
        }
        assertThat(status("GET /roomy/health/live HTTP/1.1\r\nHost: " + stranger + "\r\n\r\n"))
                .contains(" 200");
        for (String own : List.of("localhost:" + url.getPort(), "friend.example")) {
            assertThat(status(handshake("/roomy/raw/rebound", own))).as(own).contains(" 101");
        }
    }

    /** Returns the first line of the response. */
    private String status(String request) throws IOException {
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }
    }

    /**
     * Returns when the relay counts all clients: it counts a client after the answer to its
     * handshake.
     */
    private void enter(int count, String path, IntFunction<String> address) throws Exception {
        int before = clients();
        for (int i = 0; i < count; i++) {
            assertThat(socket(path, from(address.apply(i))).isUpgraded()).isTrue();
        }
        await().until(() -> clients() == before + count);
    }

    private int clients() throws Exception {
        return (int) Double.parseDouble(metric("/narrow", "switchboard_clients"));
    }

    private SocketLine connected(String user) throws Exception {
        return connected(NARROW, user);
    }

    private SocketLine connected(String context, String user) throws Exception {
        SocketLine line = new SocketLine(
                socket("/" + context + "/connection/websocket", DeployedServer.subprotocol(Dialect.JSON)),
                Dialect.JSON);
        line.send("{\"id\":1,\"connect\":{\"token\":\"" + LoginIT.token(user) + "\"}}");
        return line;
    }

    @Test
    @Row({"C14", "S8"})
    void a_node_spreads_a_rush_of_clients_and_refuses_them_while_it_drains() throws Exception {
        deployer.deploy(SLOW);
        ExecutorService threads = Executors.newFixedThreadPool(50);
        AtomicInteger refusals = new AtomicInteger();
        try {
            List<Future<RawSocket>> coming = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                Callable<RawSocket> come = () -> {
                    RawSocket socket = socket("/slow/raw/storm");
                    while (!socket.isUpgraded()) {
                        assertFull(socket);
                        refusals.incrementAndGet();
                        int seconds =
                                Integer.parseInt(socket.header("Retry-After").get(0));
                        Thread.sleep(Duration.ofSeconds(seconds).toMillis()); // as Retry-After says
                        socket = socket("/slow/raw/storm");
                    }
                    return socket;
                };
                coming.add(threads.submit(come));
            }
            List<RawSocket> clients = new ArrayList<>();
            for (Future<RawSocket> one : coming) {
                clients.add(one.get());
            }
            assertThat(metric("/slow", "switchboard_handshakes_rejected_total{reason=\"rate\"}"))
                    .isEqualTo(refusals + ".0");
            assertThat(refusals).hasPositiveValue();
            assertThat(get("/slow/health/ready").statusCode()).isEqualTo(200);

            assertThat(get("/slow/drain").body()).isEqualTo("draining");

            assertThat(get("/slow/health/ready").statusCode()).isEqualTo(503);
            assertThat(get("/slow/health/live").statusCode()).isEqualTo(200);
            assertThat(metric("/slow", "switchboard_draining")).isEqualTo("1.0");
            assertFull(socket("/slow/raw/storm"));
            for (String path :
                    List.of("/slow/", "/slow/demo.js", "/slow/nothing", "/slow/api/info", "/slow/raw/storm")) {
                HttpResponse<String> answer = get(path);
                assertThat(answer.statusCode()).as(path).isEqualTo(503);
                assertThat(answer.headers().firstValue("Retry-After")).as(path).isPresent();
            }
            int refused = 0;
            for (String path : List.of(
                    "/slow/raw;a=b/storm",
                    "/slow/raw/storm;x",
                    "/slow/%72aw/storm",
                    "/slow//raw/storm",
                    "/slow/./raw/storm",
                    "/slow/%2e/raw/storm",
                    "/slow/x/../raw/storm",
                    "/slow/connection/websocket/",
                    "/slow/connection;x/websocket",
                    "/slow/connection/%77ebsocket",
                    "/slow//connection//websocket")) {
                String status = socket(path).status;
                assertThat(status).as(path).containsPattern(" (400|404|503)");
                refused += status.contains(" 503") ? 1 : 0;
            }
            assertThat(refused).as("spellings that reach the endpoint").isPositive();
            RawSocket.Message close = clients.get(0).awaitClose();
            assertThat(close.closeCode()).isEqualTo(3001);
        } finally {
            threads.shutdownNow();
            closeAll(); // otherwise undeploying takes as long as the drain
            deployer.undeploy(SLOW);
        }
    }

    @Test
    @Row("A10")
    void the_relay_refuses_foreign_origins_in_every_spelling() throws Exception {
        String own = "http://" + host();
        for (String foreign : List.of(
                "null",
                "NULL",
                "https://evil.example",
                own + ".evil.example",
                "http://evil" + host(),
                own + "@evil.example",
                "http://evil.example#" + host(),
                "http://evil.example?" + own,
                own + "/",
                own + "1",
                "http://" + url.getHost(),
                "ftp://" + host(),
                "//" + host(),
                host(),
                "https://friend.example.evil.example",
                "https://evilfriend.example",
                "https://friend.example:8443",
                "http://friend.example")) {
            assertThat(socket("/roomy/raw/origin", "Origin: " + foreign).status)
                    .as(foreign)
                    .contains(" 403");
        }
        assertThat(socket("/roomy/raw/origin", "Origin: " + own, "Origin: https://evil.example").status)
                .contains(" 403");
        assertThat(socket("/roomy/raw/origin", "Origin: " + own, "Origin: " + own).status)
                .contains(" 403");
        for (String known : List.of(own, "HTTP://" + host(), "https://friend.example", "HTTPS://FRIEND.example")) {
            assertThat(socket("/roomy/raw/origin", "Origin: " + known).status)
                    .as(known)
                    .contains(" 101");
        }
        assertThat(Double.parseDouble(metric("/roomy", "switchboard_handshakes_rejected_total{reason=\"origin\"}")))
                .isGreaterThanOrEqualTo(20);
    }

    @Test
    void every_http_response_has_the_security_headers() throws Exception {
        for (String path :
                List.of("/roomy/", "/roomy/demo.js", "/roomy/health/live", "/roomy/metrics", "/roomy/nothing")) {
            HttpResponse<String> response = get(path, "Origin", "https://evil.example");
            assertThat(response.headers().firstValue("Content-Security-Policy"))
                    .as(path)
                    .hasValueSatisfying(policy ->
                            assertThat(policy).contains("default-src 'none'").contains("frame-ancestors 'none'"));
            assertThat(response.headers().firstValue("X-Content-Type-Options"))
                    .as(path)
                    .contains("nosniff");
            assertThat(response.headers().firstValue("Referrer-Policy"))
                    .as(path)
                    .contains("no-referrer");
            assertThat(response.headers().map().keySet())
                    .as(path)
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-"));
        }
        RawSocket refused = socket("/roomy/raw/x", "Origin: https://evil.example");
        assertThat(refused.header("Content-Security-Policy")).hasSize(1);
        assertThat(refused.header("X-Content-Type-Options")).containsExactly("nosniff");
    }

    @Test
    void a_forwarded_request_for_the_metrics_needs_the_key() throws Exception {
        assertThat(get("/roomy/metrics", "X-Forwarded-For", "127.0.0.1").statusCode())
                .isEqualTo(403);
        assertThat(get("/roomy/metrics", "X-Forwarded-For", "127.0.0.1", "Authorization", "Bearer " + KEY)
                        .statusCode())
                .isEqualTo(200);
        assertThat(get("/roomy/metrics").headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).contains("version=0.0.4"));
    }
}
