package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.failure.Row;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What clients of the client protocol notice while Redis is away.
 *
 * <p>{@code -Doutage.seconds=10} makes the time longer.
 */
class OutageTest {

    private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("outage.seconds", 3));
    private static final Quota PLENTY = new Quota(1_000_000, 1_000_000, 1_000_000, 65_536);

    private final RedisServer server = RedisServer.started();
    private final Proxy way = new Proxy(server.port());
    private final RedisNode other = new RedisNode(server.url()).listening();
    private final RedisNode node = new RedisNode("redis://127.0.0.1:" + way.port()).ready();
    private final Hub hub = new Hub(Nodes.of(
            Nodes.limits(1_000_000),
            node.engine,
            new OpenAccess().with("room", OpenAccess.EVERYTHING).with("hall", OpenAccess.EVERYTHING),
            System::nanoTime,
            Runnable::run,
            Runnable::run));

    @AfterEach
    void stop() {
        node.close();
        other.close();
        way.close();
        server.close();
    }

    /** A client that connects once. */
    private final class JsonClient {
        private final ScriptedTransport transport = ScriptedTransport.inline();
        private final Client client = hub.connect(transport, CentrifugeProtocol.json(PLENTY, System::nanoTime));
        private int commands;

        JsonClient() {
            send("'connect':{}");
            awaitAnswers();
        }

        /** Sends a command, to which the id is added. */
        final void send(String command) {
            commands++;
            client.receive(Frame.text(("{'id':" + commands + "," + command + "}").replace('\'', '"')));
        }

        private List<String> heard() {
            return transport.sent().stream()
                    .flatMap(frame -> Arrays.stream(frame.split("\n", -1)))
                    .map(line -> line.replace('"', '\''))
                    .toList();
        }

        final void awaitAnswers() {
            await().untilAsserted(() -> {
                List<String> heard = heard();
                assertThat(IntStream.rangeClosed(1, commands))
                        .allSatisfy(id -> assertThat(heard)
                                .filteredOn(line -> line.startsWith("{'id':" + id + ","))
                                .hasSize(1));
            });
        }

        String answer() {
            awaitAnswers();
            return heard().stream()
                    .filter(line -> line.startsWith("{'id':" + commands + ","))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    @Row("R6")
    void no_client_must_reconnect_while_redis_is_away_and_each_goes_on_when_it_is_back() {
        JsonClient listener = new JsonClient();
        JsonClient caller = new JsonClient();
        JsonClient comer = new JsonClient();
        listener.send("'subscribe':{'channel':'room','recoverable':true}");
        assertThat(listener.answer()).contains("'subscribe':{'recoverable':true,'positioned':true,'epoch':");
        way.lead(1); // nothing listens there
        way.cut();
        await().until(() -> node.engine.fault() != null);
        other.publish("room", "\"missed\"");
        long begin = System.nanoTime();
        JsonClient late = new JsonClient();
        await().atMost(OUTAGE.plusSeconds(20))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    comer.send("'subscribe':{'channel':'hall','recoverable':true}");
                    late.send("'subscribe':{'channel':'room','recoverable':true}");
                    caller.send("'publish':{'channel':'room','data':1}");
                    caller.send("'presence':{'channel':'room'}");
                    caller.send("'history':{'channel':'room','limit':1}");
                    hub.check();
                    return System.nanoTime() - begin > OUTAGE.toNanos();
                });
        List<JsonClient> all = List.of(listener, caller, comer, late);
        for (JsonClient client : List.of(caller, comer, late)) {
            assertThat(client.answer()).contains("'error':{'code':100,", "'temporary':true");
        }
        assertThat(all)
                .allSatisfy(client -> assertThat(client.transport.closes()).isEmpty());

        way.lead(server.port());
        node.ready();
        comer.send("'subscribe':{'channel':'hall','recoverable':true}");
        late.send("'subscribe':{'channel':'room','recoverable':true}");
        caller.send("'publish':{'channel':'room','data':2}");
        for (JsonClient client : List.of(caller, comer, late)) {
            assertThat(client.answer()).doesNotContain("error");
        }
        await().untilAsserted(() ->
                assertThat(listener.heard()).anyMatch(line -> line.contains("'unsubscribe':{'code':2500,")));
        listener.send("'subscribe':{'channel':'room','recover':true,'offset':0,'recoverable':true}");
        assertThat(listener.answer()).contains("'recovered':true", "'data':'missed'", "'data':2");
        assertThat(all)
                .allSatisfy(client -> assertThat(client.transport.closes()).isEmpty());
    }
}
