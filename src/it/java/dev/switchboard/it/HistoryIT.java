package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.history.Plan;
import dev.switchboard.history.Requirements;
import dev.switchboard.history.WebSocketTarget;
import dev.switchboard.history.Workload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the seeded workload of {@link dev.switchboard.history} against a server that is killed and
 * started again.
 */
class HistoryIT {

    private static final String RULES = """
            {
              "namespaces": {
                "large": { "publish": "anyone", "history": "anyone", "history_size": 1000, "history_ttl": "1h" },
                "small": { "publish": "anyone", "history": "anyone", "history_size": 20, "history_ttl": "1h" },
                "raw": { "publish": "anyone" }
              }
            }
            """;

    /**
     * All clients read: kernel and server buffer more for a silent reader than this workload sends.
     */
    private static final Plan PLAN = new Plan(
            11,
            Map.of("large:1", 1000, "large:2", 1000, "small:1", 20, "small:2", 20, "raw:1", 0, "raw:2", 0),
            3000,
            12_000,
            4,
            4,
            5,
            0,
            2,
            4);

    private static final Requirements REQUIREMENTS =
            new Requirements(20, 5, 1, 0, 16, Duration.ofSeconds(1), Set.of(), Map.of());

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path directory;

    @Test
    void replies_and_publications_are_consistent_after_the_server_is_killed_and_restarted() throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), RULES);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (Restarting server = new Restarting(rules, port)) {
            URI uri = URI.create("ws://127.0.0.1:" + port + "/connection/websocket");
            WebSocketTarget target = new WebSocketTarget(uri, channel -> server.restart(), Map::of);
            assertThat(Workload.trial(PLAN, target, REQUIREMENTS)).isEmpty();
        }
    }

    /** A server that always uses the same port. */
    private static final class Restarting implements AutoCloseable {
        private final String[] arguments;
        private CommandLine running;

        Restarting(Path rules, int port) throws IOException {
            arguments = new String[] {
                "-Dswitchboard.rules=" + rules,
                "-Dswitchboard.client.commands=1000000",
                "-Dswitchboard.client.publishes=1000000",
                "--port",
                "" + port
            };
            running = CommandLine.serverAt(arguments);
        }

        void restart() {
            running.kill();
            try {
                running = CommandLine.serverAt(arguments);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        @Override
        public void close() throws Exception {
            running.close();
        }
    }
}
