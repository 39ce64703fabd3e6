package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.engine.redis.RedisServer;
import dev.switchboard.history.Plan;
import dev.switchboard.history.Requirements;
import dev.switchboard.history.WebSocketTarget;
import dev.switchboard.history.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the seeded workload of {@link dev.switchboard.history} at two nodes that share a Redis, while
 * one part after the other fails.
 *
 * <p>{@code -Dcluster.seeds=10} runs ten seeds instead of one.
 */
class ClusterHistoryIT {

    private static final String RULES = """
            {
              "namespaces": {
                "large": { "publish": "anyone", "history": "anyone", "history_size": 1000, "history_ttl": "1h" },
                "small": { "publish": "anyone", "history": "anyone", "history_size": 20, "history_ttl": "1h" },
                "raw": { "publish": "anyone" }
              }
            }
            """;

    /** Of the faults, at least these begin new epochs: both restarts, the promotion, the lost keys. */
    private static final int ROTATIONS = 4;

    private static final Requirements REQUIREMENTS =
            new Requirements(20, 5, ROTATIONS, 0, 16, Duration.ofSeconds(1), Set.of(), Map.of());

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path directory;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("cluster.seeds", 1));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void clients_of_two_nodes_are_told_the_truth_while_redis_nodes_and_connections_fail(long seed) throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), RULES);
        try (TwoNodes nodes = new TwoNodes(
                        RedisServer.started(),
                        "-Dswitchboard.rules=" + rules,
                        "-Dswitchboard.client.commands=1000000",
                        "-Dswitchboard.client.publishes=1000000");
                ClusterFaults faults = new ClusterFaults(nodes)) {
            WebSocketTarget target =
                    new WebSocketTarget(nodes.sockets("/connection/websocket"), channel -> faults.strike(), Map::of);
            assertThat(Workload.trial(plan(seed, faults.count()), target, REQUIREMENTS))
                    .isEmpty();
        }
    }

    /** All clients read: kernel and server buffer more for a silent reader than this workload sends. */
    private static Plan plan(long seed, int faults) {
        Map<String, Integer> channels =
                Map.of("large:1", 1000, "large:2", 1000, "small:1", 20, "small:2", 20, "raw:1", 0, "raw:2", 0);
        return new Plan(seed, channels, 6000, 12_000, 4, 4, 5, 0, 2, faults);
    }
}
