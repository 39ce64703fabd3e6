package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.sample.OrderDesk;
import dev.switchboard.sample.Orders;
import jakarta.transaction.Status;
import java.io.IOException;
import java.io.InputStream;
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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests an application that contains the relay, in the containers with CDI and transactions. */
@ContainerTest
@Tag("cdi")
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class InjectionIT {

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
        return war("sample");
    }

    @Deployment(name = AGAIN, managed = false, testable = false)
    static WebArchive again() {
        return war(AGAIN);
    }

    private static WebArchive war(String name) {
        return SampleWar.library(name + ".war")
                .addClasses(Orders.class, OrderDesk.class, ObserverBean.class, RequestBean.class);
    }

    @BeforeEach
    void open() throws IOException {
        relay = new DeployedRelay(new URL(url, "switchboard/"));
    }

    @AfterEach
    void close() throws Exception {
        relay.close();
    }

    private String desk(String query) throws IOException {
        return get(new URL(url, "desk" + query));
    }

    private static String get(URL page) throws IOException {
        try (InputStream in = page.openStream()) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @Test
    void publications_in_a_transaction_are_sent_in_order_after_its_commit() throws Exception {
        WebSocketClient watcher = relay.rawClient("orders");

        String answer = desk("?item=tea&item=cake&item=jam");

        assertThat(answer).startsWith("[false, false, false] published at Position[");
        assertThat(answer.split("published at", -1)).hasSize(4);
        assertThat(watcher.next(3)).containsExactly("tea", "cake", "jam");
    }

    @Test
    void publications_in_a_transaction_are_not_sent_after_its_rollback() throws Exception {
        WebSocketClient watcher = relay.rawClient("orders");

        assertThat(desk("?item=lost&item=nothing"))
                .isEqualTo("the item nothing cannot be ordered: [false, false] "
                        + "not published, because the transaction was rolled back;"
                        + "not published, because the transaction was rolled back;");

        desk("?item=found");
        assertThat(watcher.next()).isEqualTo("found");
    }

    @Test
    void an_observer_with_a_channel_gets_only_its_publications() throws Exception {
        relay.rawClient("other").send("not for the desk");
        WebSocketClient client = relay.rawClient("wishes");
        client.send("more tea");
        client.send("less noise");

        await().untilAsserted(() -> assertThat(desk("")).isEqualTo("[more tea, less noise]"));
    }

    @Test
    void an_observer_has_a_request_resources_and_transactions_of_its_own() throws Exception {
        WebSocketClient reader = relay.rawClient("answers");
        relay.rawClient("questions").send("?");
        assertThat(reader.next()).isEqualTo("transaction " + Status.STATUS_NO_TRANSACTION);
        relay.rawClient("transactions").send("?");
        assertThat(reader.next(2)).containsExactly("first", "second");
    }

    @Test
    void an_observer_without_a_channel_gets_all_publications() throws Exception {
        WebSocketClient reader = relay.rawClient("answers");
        relay.rawClient("greeted");
        assertThat(reader.next()).isEqualTo("welcome");
    }

    @Test
    void each_redeploy_works_and_leaves_nothing() throws Exception {
        int threads = ServerProcess.threads("switchboard-").size();
        URL page = new URL(url, "/" + AGAIN + "/desk");
        for (int round = 0; round < ROUNDS; round++) {
            deployer.deploy(AGAIN);
            try (WebSocketClient client = log.arriving(() -> new WebSocketClient(
                    URI.create("ws://" + url.getAuthority() + "/" + AGAIN + "/switchboard/raw/wishes")))) {
                assertThat(get(new URL(page + "?item=tea"))).contains("published at");
                client.send("more tea");
                await().untilAsserted(() -> assertThat(get(page)).isEqualTo("[more tea]"));
                deployer.undeploy(AGAIN);
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
