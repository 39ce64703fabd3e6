package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests an application that contains the relay, in each container. */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class ApplicationIT {

    private static final String AGAIN = "again";
    private static final int ROUNDS = 10;

    /** Undeployed relays that a container may keep. With a leak in the relay, it would keep all. */
    private static final int HELD = ROUNDS * 3 / 4;

    private final ServerLog log = new ServerLog();

    @ArquillianResource
    private URL url;

    @ArquillianResource
    private Deployer deployer;

    private DeployedRelay relay;

    @Deployment(testable = false)
    static WebArchive sample() {
        return SampleWar.as("sample.war");
    }

    @Deployment(name = AGAIN, managed = false, testable = false)
    static WebArchive again() {
        return SampleWar.as(AGAIN + ".war");
    }

    @BeforeEach
    void open() throws IOException {
        relay = new DeployedRelay(new URL(url, "switchboard/"));
    }

    @AfterEach
    void close() throws Exception {
        relay.close();
    }

    private String get(String path) throws IOException {
        return get(url, path);
    }

    private static String get(URL root, String path) throws IOException {
        try (InputStream in = new URL(root, path).openStream()) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @Test
    void a_publication_of_the_application_reaches_clients_and_the_history() throws Exception {
        WebSocketClient watcher = relay.rawClient("orders");
        // Clients of other tests still leave.
        await().untilAsserted(() -> assertThat(get("watchers")).isEqualTo("1"));

        assertThat(get("order?item=tea")).startsWith("Position[");

        assertThat(watcher.next()).isEqualTo("tea");
        assertThat(get("past")).startsWith("[tea");
    }

    @Test
    void the_application_observes_publications_and_joins_of_clients() throws Exception {
        relay.rawClient("orders").send("cake, please");

        await().untilAsserted(() ->
                assertThat(get("heard")).contains("a client watches").contains("cake, please"));
    }

    @Test
    void the_relay_does_not_change_paths_and_headers_of_the_application() throws Exception {
        for (String path : new String[] {"metrics", "health/live", "raw/orders"}) {
            HttpURLConnection own = (HttpURLConnection) new URL(url, path).openConnection();
            assertThat(new String(own.getInputStream().readAllBytes(), UTF_8)).startsWith("the application's own");
            assertThat(own.getHeaderField("Content-Security-Policy")).isNull();
        }
        HttpURLConnection ours = (HttpURLConnection) new URL(url, "switchboard/health/live").openConnection();
        assertThat(new String(ours.getInputStream().readAllBytes(), UTF_8)).startsWith("{\"status\":\"UP\"");
        assertThat(ours.getHeaderField("Content-Security-Policy")).isNotNull();
        assertThat(relay.metric("switchboard_draining")).isZero();
    }

    @Test
    void the_relay_knows_its_build_and_the_process_of_the_container() throws Exception {
        for (String name : new String[] {
            "process_cpu_seconds_total",
            "process_open_fds",
            "process_resident_memory_bytes",
            "jvm_threads_current",
            "jvm_memory_used_bytes{area=\"heap\"}"
        }) {
            assertThat(relay.metric(name)).as(name).isPositive();
        }
        HttpURLConnection metrics = (HttpURLConnection) new URL(url, "switchboard/metrics").openConnection();
        assertThat(new String(metrics.getInputStream().readAllBytes(), UTF_8))
                .containsPattern("switchboard_build_info\\{commit=\"(?:[0-9a-f]{12}|unknown)\",version=\"[0-9]");
    }

    @Test
    void the_relay_refuses_foreign_origins_in_every_spelling_of_the_path() throws Exception {
        int upgraded = 0;
        for (String path : new String[] {
            "switchboard/raw/orders",
            "%73witchboard/raw/orders",
            "/switchboard/raw/orders",
            "switchboard;a=b/raw/orders"
        }) {
            URI uri = URI.create("ws://" + url.getHost() + ":" + url.getPort() + url.getPath() + path);
            assertThat(relay.socket(uri, "Origin: https://evil.example").isUpgraded())
                    .as(path)
                    .isFalse();
            if (relay.socket(uri).isUpgraded()) {
                upgraded++;
            }
        }
        assertThat(upgraded).as("spellings that reach the endpoint").isPositive();
    }

    @Test
    void each_redeploy_works_and_leaves_nothing() throws Exception {
        int threads = ServerProcess.threads("switchboard-").size();
        URL root = new URL(url, "/" + AGAIN + "/");
        for (int round = 0; round < ROUNDS; round++) {
            deployer.deploy(AGAIN);
            try (WebSocketClient watcher = log.arriving(() -> new WebSocketClient(
                    URI.create("ws://" + url.getAuthority() + "/" + AGAIN + "/switchboard/raw/orders")))) {
                get(root, "order?item=" + round);
                assertThat(watcher.next()).isEqualTo(Integer.toString(round));
                await().untilAsserted(() -> assertThat(get(root, "heard"))
                        .isEqualTo("[a client watches, " + get(root, "past").substring(1)));
                deployer.undeploy(AGAIN);
                assertThat(watcher.closed().getCloseCode().getCode()).isEqualTo(3001);
            }
        }
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(
                        () -> assertThat(ServerProcess.threads("switchboard-")).hasSize(threads));
        await().atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> assertThat(ServerProcess.instances("dev.switchboard.embedded.RelaySwitchboard"))
                        .isLessThanOrEqualTo(HELD));
    }
}
