package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.engine.EngineContract;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Runs the contract on a cluster of three masters. */
class ClusterEngineTest implements EngineContract {

    private static RedisCluster cluster;

    private final AtomicLong skew = new AtomicLong();

    @SuppressWarnings("NullAway") // JUnit calls start() first
    private final RedisNode node = new RedisNode(cluster.url(), true, skew);

    @BeforeAll
    static void start() {
        cluster = RedisCluster.started(0);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static List<RedisServer> masters() {
        return IntStream.range(0, 3).mapToObj(cluster::master).toList();
    }

    @AfterEach
    void close() {
        node.close();
        masters().forEach(master -> master.ask("FLUSHALL"));
    }

    @Override
    public Engine engine() {
        return node.ready().engine;
    }

    @Override
    public void pass(Duration time) {
        skew.addAndGet(time.toMillis());
        masters().forEach(master -> master.ask("EVAL", RedisEngineTest.AGE, "0", Long.toString(time.toMillis())));
    }

    @Test
    void channels_live_on_all_masters_and_cross_to_other_nodes() {
        String[] channels = IntStream.range(0, 60).mapToObj(i -> "channel " + i).toArray(String[]::new);
        node.listening(channels);
        try (RedisNode other = new RedisNode(cluster.url(), true, skew).listening()) {
            for (String channel : channels) {
                other.publish(channel, "1");
            }
        }
        await().untilAsserted(() -> assertThat(node.heard)
                .filteredOn(told -> !told.contains(" reached ")) // a node that is slow asks for positions
                .containsExactlyInAnyOrderElementsOf(
                        List.of(channels).stream().map(name -> name + " 1 at 1").toList()));
        for (RedisServer master : masters()) {
            assertThat(master.ask("KEYS", "sb:*:s:channel*").lines()).hasSizeGreaterThan(5);
        }
    }
}
