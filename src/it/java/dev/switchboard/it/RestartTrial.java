package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.history.Line;
import dev.switchboard.history.Plan;
import dev.switchboard.history.Requirements;
import dev.switchboard.history.Target;
import dev.switchboard.history.WebSocketTarget;
import dev.switchboard.history.Workload;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the workload of {@link dev.switchboard.history} and an event stream against a relay with a log,
 * which is restarted meanwhile. The relay must have {@link #RULES}, as the containers of the tests do.
 */
final class RestartTrial {

    static final String RULES = """
            {
              "namespaces": {
                "large": { "publish": "anyone", "history": "anyone", "history_size": 1000, "history_ttl": "1h" },
                "short": { "publish": "anyone", "history": "anyone", "history_size": 20, "history_ttl": "1h" },
                "unkept": { "publish": "anyone" }
              }
            }
            """;

    /** The settings beside those of the log. */
    static final Map<String, String> SETTINGS =
            Map.of("switchboard.client.commands", "1000000", "switchboard.client.publishes", "1000000");

    private static final int RESTARTS = 2;

    /**
     * All clients read: kernel and server buffer more for a silent reader than this workload sends.
     */
    private static final Plan PLAN = new Plan(
            12,
            Map.of("large:1", 1000, "large:2", 1000, "short:1", 20, "short:2", 20, "unkept:1", 0, "unkept:2", 0),
            3000,
            12_000,
            4,
            4,
            5,
            0,
            2,
            RESTARTS);

    /** No epoch changes, so publications may be missed only by clients that were away for too long. */
    private static final Requirements REQUIREMENTS =
            new Requirements(20, 0, 0, 0, 16, Duration.ofSeconds(1), Set.of(), Map.of());

    private static final String LAST = "the last one";

    private RestartTrial() {}

    /** Restarts the relay at the same address. */
    interface Restart {
        void run() throws Exception;
    }

    /** Runs the trial at the relay whose page is at {@code root}. The clients go on while it restarts. */
    static void run(URI root, Restart restart) throws Exception {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        URI channel = root.resolve("raw/large:1");
        try (ResumingStream stream = new ResumingStream(http, channel);
                RestartedTarget target = new RestartedTarget(root, restart)) {
            Future<String> verdict = target.start(() -> Workload.trial(PLAN, target, REQUIREMENTS));
            target.restartUntil(verdict);
            assertThat(verdict.get()).isEmpty();
            assertThat(target.restarts()).isEqualTo(RESTARTS);
            HttpRequest last = HttpRequest.newBuilder(channel)
                    .POST(BodyPublishers.ofString(LAST))
                    .build();
            assertThat(http.send(last, BodyHandlers.discarding()).statusCode()).isEqualTo(204);
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> stream.events().stream()
                            .anyMatch(event -> event.data().equals(LAST)));
            assertHeardAll(stream.events());
        }
    }

    /**
     * Restarts the relay where its history would be lost, while clients go on. The thread of the test
     * restarts it, because Arquillian deploys on no other.
     */
    private static final class RestartedTarget implements Target, AutoCloseable {

        private final Target relay;
        private final Restart restart;
        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private final BlockingQueue<CompletableFuture<@Nullable Void>> asked = new LinkedBlockingQueue<>();
        private final List<Future<?>> restarts = new ArrayList<>(); // for the workload, and for the test after it

        RestartedTarget(URI root, Restart restart) {
            this.restart = restart;
            relay = new WebSocketTarget(
                    URI.create(root.toString().replaceFirst("http", "ws") + "connection/websocket"),
                    channel -> {
                        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
                        restarts.add(done);
                        asked.add(done);
                    },
                    Map::of);
        }

        Future<String> start(Callable<String> workload) {
            return thread.submit(workload);
        }

        /** Restarts the relay each time that the workload asks for it, until the workload is over. */
        void restartUntil(Future<?> over) throws InterruptedException {
            while (!over.isDone() || !asked.isEmpty()) {
                CompletableFuture<@Nullable Void> next = asked.poll(100, TimeUnit.MILLISECONDS);
                if (next == null) {
                    continue;
                }
                try {
                    restart.run();
                    next.complete(null);
                } catch (Exception failure) {
                    next.completeExceptionally(failure);
                }
            }
        }

        /** Waits for all restarts, and returns their number. */
        int restarts() throws ExecutionException, InterruptedException {
            for (Future<?> each : restarts) {
                each.get();
            }
            return restarts.size();
        }

        /** Waits while the relay is stopped, or the workload would be over before it is back. */
        @Override
        public Line open(Line.Listener listener) throws IOException {
            try {
                return relay.open(listener);
            } catch (IOException stopped) {
                try {
                    restarts();
                } catch (ExecutionException | InterruptedException failure) {
                    throw new IllegalStateException(failure);
                }
                return relay.open(listener);
            }
        }

        @Override
        public void loseHistory(String channel) {
            relay.loseHistory(channel);
        }

        @Override
        public Map<String, Long> counters() {
            return relay.counters();
        }

        @Override
        public boolean waitUntil(BooleanSupplier met) {
            return relay.waitUntil(met);
        }

        @Override
        public void close() {
            thread.shutdownNow();
        }
    }

    private static void assertHeardAll(List<ResumingStream.Event> events) {
        assertThat(events.stream().map(event -> event.id().split(":", 2)[0]).distinct())
                .as("epochs")
                .hasSize(1);
        List<Long> offsets = events.stream()
                .map(event -> Long.valueOf(event.id().split(":")[1]))
                .toList();
        assertThat(offsets)
                .as("offsets of the event stream")
                .hasSizeGreaterThan(100)
                .containsExactlyElementsOf(LongStream.rangeClosed(offsets.get(0), offsets.get(offsets.size() - 1))
                        .boxed()
                        .toList());
    }
}
