package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.redis.RedisServer;
import dev.switchboard.failure.Row;
import dev.switchboard.failure.Seen;
import dev.switchboard.transcript.Dialect;
import jakarta.websocket.CloseReason;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Tests what redeploys leave in each container. {@link RedeployIT} looks closer, at Tomcat. */
@ContainerTest
@RunAsClient
@SuppressWarnings("NullAway.Init") // Arquillian sets the fields
class RepeatedDeploymentIT {

    private static final String AGAIN = "again";
    private static final String AGAIN_WITH_REDIS = "again-with-redis";
    private static final int ROUNDS = 20;

    /** Undeployed relays that a container may keep. With a leak in the relay, it would keep all. */
    private static final int HELD = ROUNDS / 2;

    private static final String RELAY = "dev.switchboard.Relay";
    private static final String THREADS = "switchboard-";

    /** Runs before Arquillian deploys. */
    private static final RedisServer REDIS = RedisServer.started();

    private final ServerLog log = new ServerLog();

    @ArquillianResource
    private URL url;

    @ArquillianResource
    private Deployer deployer;

    /** Deploys the relay that stays: it alone must be there at the end. */
    @Deployment(testable = false)
    static WebArchive relay() {
        return ShippedWar.as("switchboard.war");
    }

    @Deployment(name = AGAIN, managed = false, testable = false)
    static WebArchive again() {
        return ShippedWar.as(AGAIN + ".war");
    }

    @Deployment(name = AGAIN_WITH_REDIS, managed = false, testable = false)
    static WebArchive againWithRedis() {
        return ShippedWar.as(
                AGAIN_WITH_REDIS + ".war", Map.of("switchboard.engine", "redis", "switchboard.redis.url", REDIS.url()));
    }

    @AfterAll
    static void stopRedis() {
        REDIS.close();
    }

    /** The relay has Redis, which needs more threads and classes than the others. */
    @Test
    @Row("S7")
    void twenty_redeploys_leave_no_thread_no_connection_to_redis_and_no_relay(Seen seen) throws Exception {
        int threads = ServerProcess.threads(THREADS).size();
        long connections = connectionsToRedis();
        URI root = URI.create("ws://" + url.getHost() + ":" + url.getPort() + "/" + AGAIN_WITH_REDIS + "/");
        Map<Integer, Integer> codes = new TreeMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            deployer.deploy(AGAIN_WITH_REDIS);
            List<WebSocketClient> clients = List.of(
                    new WebSocketClient(root.resolve("raw/hello")).joined(),
                    new WebSocketClient(root.resolve(DeployedRelay.ENDPOINT)).joined());
            deployer.undeploy(AGAIN_WITH_REDIS);
            for (WebSocketClient client : clients) {
                codes.merge(client.closed().getCloseCode().getCode(), 1, Integer::sum);
            }
        }
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(ServerProcess.threads(THREADS)).hasSize(threads);
            assertThat(connectionsToRedis()).isEqualTo(connections);
        });
        await().atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> assertThat(ServerProcess.instances(RELAY)).isLessThanOrEqualTo(HELD));
        seen.note(ROUNDS + " redeploys with two clients each: " + threads + " threads as before, "
                + ServerProcess.instances(RELAY) + " relays not collected, one of them in use; clients were told "
                + codes);
    }

    private static long connectionsToRedis() {
        return REDIS.ask("CLIENT", "LIST").lines().count();
    }

    @Test
    @Row("S8")
    void an_undeployed_relay_closes_every_client_and_accepts_clients_after_a_redeploy() throws Exception {
        String channel = "it-" + UUID.randomUUID();
        for (int round = 1; round <= 2; round++) {
            deployer.deploy(AGAIN);
            try (DeployedRelay relay = new DeployedRelay(new URL(url, "/" + AGAIN + "/"))) {
                List<WebSocketClient> clients = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    clients.add(log.arriving(() -> relay.rawClient(channel)));
                }
                clients.get(0).send("still here");
                assertThat(clients.get(19).next()).isEqualTo("still here");
                RawSocket protocol = relay.socket(relay.endpoint(), DeployedServer.subprotocol(Dialect.JSON));
                protocol.send("{\"id\":1,\"connect\":{}}");
                assertThat(protocol.next().text()).startsWith("{\"id\":1,\"connect\":");

                deployer.undeploy(AGAIN);

                RawSocket.Message end = protocol.awaitClose();
                assertThat(end.closeCode()).isEqualTo(3001);
                assertThat(end.closeReason()).isEqualTo("shutdown");
                for (WebSocketClient client : clients) {
                    CloseReason reason = client.closed();
                    assertThat(reason.getCloseCode().getCode()).isEqualTo(3001);
                    assertThat(reason.getReasonPhrase()).isEqualTo("shutdown");
                }
            }
            int expected = 20 * round;
            await().untilAsserted(() -> assertThat(log.linesWith(" disconnect ", channel, "code=3001"))
                    .hasSize(expected));
            // The threads of the other deployment stay; the threads of this one are gone.
            await().untilAsserted(() ->
                    assertThat(ServerProcess.threads("switchboard-watchdog-")).hasSize(1));
            await().untilAsserted(() ->
                    assertThat(ServerProcess.threads("switchboard-background-")).hasSize(16));
        }
    }
}
