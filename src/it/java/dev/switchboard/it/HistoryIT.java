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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the seeded workload of {@link dev.switchboard.history} against a server that is killed and
 * started again.
 */
class HistoryIT {

    /**
     * All clients read: kernel and server buffer more for a silent reader than this workload sends.
     */
    private static final Plan PLAN = new Plan(
            11,
            Map.of("large:1", 1000, "large:2", 1000, "short:1", 20, "short:2", 20, "unkept:1", 0, "unkept:2", 0),
            3000,
            12_000,
            4,
            4,
            5,
            0,
            2,
            4);

    /** Publications may be missed only by clients that were away for longer than the history of a channel. */
    private static final Requirements WITH_LOG =
            new Requirements(20, 5, 0, 0, 16, Duration.ofSeconds(1), Set.of(), Map.of());

    private static final Requirements REQUIREMENTS =
            new Requirements(20, 5, 1, 0, 16, Duration.ofSeconds(1), Set.of(), Map.of());

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path directory;

    @Test
    void replies_and_publications_are_consistent_after_the_server_is_killed_and_restarted() throws Exception {
        assertThat(trial(REQUIREMENTS)).isEmpty();
    }

    /** With a log the epochs stay, so each acknowledged publication must be there after a restart. */
    @Test
    void a_server_with_a_log_loses_no_publication_when_it_is_killed_and_restarted() throws Exception {
        assertThat(trial(WITH_LOG, log())).isEmpty();
    }

    @Test
    void clients_of_a_server_with_a_log_miss_nothing_and_get_nothing_twice_when_it_is_restarted() throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), RestartTrial.RULES);
        int port = freePort();
        try (Restarting server = new Restarting(rules, port, log())) {
            RestartTrial.run(URI.create("http://127.0.0.1:" + port + "/"), server::restartInOrder);
        }
    }

    private String[] log() {
        return new String[] {
            "-Dswitchboard.engine=file", "-Dswitchboard.engine.path=" + directory.resolve("log"),
        };
    }

    private String trial(Requirements requirements, String... settings) throws Exception {
        Path rules = Files.writeString(directory.resolve("rules.json"), RestartTrial.RULES);
        int port = freePort();
        try (Restarting server = new Restarting(rules, port, settings)) {
            URI uri = URI.create("ws://127.0.0.1:" + port + "/connection/websocket");
            WebSocketTarget target = new WebSocketTarget(uri, channel -> server.restart(), Map::of);
            return Workload.trial(PLAN, target, requirements);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    /** A server that always uses the same port. */
    private static final class Restarting implements AutoCloseable {
        private final String[] arguments;
        private volatile CommandLine running;

        Restarting(Path rules, int port, String... settings) throws IOException {
            List<String> all = new ArrayList<>(List.of(settings));
            RestartTrial.SETTINGS.forEach((name, value) -> all.add("-D" + name + "=" + value));
            all.addAll(List.of("-Dswitchboard.rules=" + rules, "--port", "" + port));
            arguments = all.toArray(new String[0]);
            running = CommandLine.serverAt(arguments);
        }

        void restart() {
            assertThat(running.err()).as("no epoch has changed").doesNotContain("is not complete");
            running.kill();
            try {
                running = CommandLine.serverAt(arguments);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }

        /** Stops the server as {@code kill} does, and starts it again. */
        void restartInOrder() throws IOException, InterruptedException {
            running.terminate();
            running.status();
            running = CommandLine.serverAt(arguments);
        }

        @Override
        public void close() throws Exception {
            running.close();
        }
    }
}
