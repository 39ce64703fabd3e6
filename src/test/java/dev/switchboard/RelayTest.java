package dev.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.engine.redis.RedisServer;
import dev.switchboard.failure.Row;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.limits.Admission.Refusal;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.Publication;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelayTest {

    private final Relay relay = relay(Map.of());

    private static Relay relay(Map<String, String> settings) {
        return new Relay(
                Settings.of(settings, Map.of(), Map.of()), new ChannelRules(ChannelRule.PLAIN, Map.of(), Map.of()));
    }

    @AfterEach
    void stop() {
        relay.stop();
    }

    private static Client connect(Relay to, ScriptedTransport transport) {
        return to.protocols().connectRaw(transport, "c", Map.of());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void drain_disconnects_all_clients_and_admits_none() {
        List<ScriptedTransport> transports = IntStream.range(0, 250)
                .mapToObj(i -> ScriptedTransport.inline())
                .toList();
        transports.forEach(transport -> connect(relay, transport));
        relay.drain().join();
        await().untilAsserted(() -> assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.closes()).containsExactly(Disconnect.SHUTDOWN)));
        assertThat(relay.admission().refusal("")).isEqualTo(Refusal.DRAINING);
        assertThat(relay.admission().connections()).isZero();
        assertThat(relay.drain()).isCompleted();
    }

    @Test
    void stop_disconnects_all_clients_when_the_drain_time_is_over() {
        Relay slow = relay(Map.of("switchboard.drain.rate", "10", "switchboard.drain.time", "100ms"));
        List<ScriptedTransport> transports =
                IntStream.range(0, 50).mapToObj(i -> ScriptedTransport.inline()).toList();
        transports.forEach(transport -> connect(slow, transport));
        slow.stop();
        assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.closes()).containsExactly(Disconnect.SHUTDOWN));
    }

    @Test
    @Row("K4")
    void two_relays_with_the_same_settings_have_different_ids() {
        Relay twin = relay(Map.of());
        assertThat(twin.uid()).isNotEqualTo(relay.uid());
        twin.stop();
    }

    @Test
    @Row("R1")
    void a_relay_starts_without_redis_and_serves_when_redis_is_there() {
        try (RedisServer redis = RedisServer.stopped()) {
            Relay early = relay(Map.of("switchboard.engine", "redis", "switchboard.redis.url", redis.url()));
            try {
                assertThat(early.engineFault()).contains("no connection to Redis");
                ScriptedTransport transport = ScriptedTransport.inline();
                Client ann = early.protocols().connectJson(transport);
                ann.receive(Frame.text("{\"id\":1,\"connect\":{}}"));
                ann.receive(Frame.text("{\"id\":2,\"subscribe\":{\"channel\":\"c\"}}"));
                awaitSent(transport, "\"id\":1,\"connect\":{\"client\":");
                awaitSent(transport, "\"id\":2,\"error\":{\"code\":100,");
                assertThat(early.backend().publish("c", Publication.ofServer(Payload.json("1"), Map.of(), "")))
                        .failsWithin(Duration.ofSeconds(10))
                        .withThrowableThat()
                        .withCause(ClientError.INTERNAL);
                redis.start();
                await().atMost(Duration.ofSeconds(20)).until(() -> early.engineFault() == null);
                ann.receive(Frame.text("{\"id\":3,\"subscribe\":{\"channel\":\"c\"}}"));
                awaitSent(transport, "\"id\":3,\"subscribe\":");
                assertThat(transport.closes()).isEmpty();
            } finally {
                early.stop();
            }
        }
    }

    private static void awaitSent(ScriptedTransport transport, String text) {
        await().untilAsserted(
                        () -> assertThat(String.join("\n", transport.sent())).contains(text));
    }

    private static Map<String, String> log(Path folder) {
        return Map.of("switchboard.engine", "file", "switchboard.engine.path", folder.toString());
    }

    @Test
    void a_relay_with_a_log_knows_histories_and_blocks_after_a_restart(@TempDir Path folder) {
        ChannelRule keeping = new ChannelRule(
                null,
                ChannelRule.PLAIN.subscribe(),
                ChannelRule.PLAIN.publish(),
                ChannelRule.PLAIN.binary(),
                ChannelRule.PLAIN.presence(),
                ChannelRule.PLAIN.history(),
                ChannelOptions.PLAIN.with(new Retention(10, Duration.ofMinutes(5))));
        ChannelRules rules = new ChannelRules(keeping, Map.of(), Map.of());
        Relay before = new Relay(Settings.of(log(folder), Map.of(), Map.of()), rules);
        before.backend().publish("c", Publication.ofServer(Payload.json("1"), Map.of(), ""));
        before.backend().block("ann", Instant.MAX);
        History known = page(before);
        before.stop();
        Relay after = new Relay(Settings.of(log(folder), Map.of(), Map.of()), rules);
        try {
            assertThat(known.publications()).hasSize(1);
            assertThat(page(after)).isEqualTo(known);
            assertThat(after.engineFault()).isNull();
            assertThat(publishes(after, "bob")).succeedsWithin(Duration.ofSeconds(10));
            assertThat(publishes(after, "ann"))
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .withCause(Disconnect.FORCED);
        } finally {
            after.stop();
        }
    }

    private static CompletableFuture<?> publishes(Relay to, String user) {
        Peer peer = new Peer("192.0.2.1", Identity.login(user, Set.of()));
        return CompletableFuture.completedFuture(null)
                .thenCompose(unused -> to.protocols().publishRaw(peer, "d", Map.of(), Frame.text("hi")));
    }

    private static History page(Relay of) {
        return of.backend()
                .history("c", HistoryQuery.newest(10))
                .toCompletableFuture()
                .join();
    }

    @Test
    void a_relay_refuses_to_start_in_a_folder_that_another_one_uses(@TempDir Path folder) {
        Relay first = relay(log(folder));
        try {
            assertThatThrownBy(() -> relay(log(folder)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("switchboard.engine.path=" + folder + ": another relay uses this folder");
        } finally {
            first.stop();
        }
    }

    @Test
    void every_repeats_a_task_that_fails_and_never_runs_it_twice_at_a_time() {
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger slow = new AtomicInteger();
        AtomicInteger failing = new AtomicInteger();
        relay.every(Duration.ofMillis(1), () -> {
            slow.incrementAndGet();
            awaitQuietly(release);
        });
        relay.every(Duration.ofMillis(1), () -> {
            failing.incrementAndGet();
            throw new IllegalStateException("expected");
        });
        await().untilAsserted(() -> assertThat(failing).hasValueGreaterThan(5));
        assertThat(slow).hasValue(1);
        release.countDown();
        await().untilAsserted(() -> assertThat(slow).hasValueGreaterThan(5));
    }

    @Test
    @Row("S14")
    void a_log_that_blocks_loses_lines_and_delays_no_client() {
        CountDownLatch diskIsFull = new CountDownLatch(1);
        Handler blocking = new Handler() {
            @Override
            public void publish(LogRecord line) {
                awaitQuietly(diskIsFull);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger(Client.class.getName());
        logger.addHandler(blocking);
        try {
            ScriptedTransport listener = ScriptedTransport.inline();
            connect(relay, listener);
            for (int i = 0; i < 11_000; i++) {
                Client client = connect(relay, ScriptedTransport.inline());
                client.receive(Frame.text("x"));
                client.disconnect(Disconnect.SLOW);
            }
            assertThat(listener.sent()).hasSize(11_000);
            await().untilAsserted(
                            () -> assertThat(relay.admission().connections()).isEqualTo(1));
            assertThat(relay.counters().lostLines().sum()).isPositive();
        } finally {
            diskIsFull.countDown();
            logger.removeHandler(blocking);
        }
    }

    @Test
    void stop_lets_a_client_read_the_waiting_frames() {
        Relay stopping = relay(Map.of());
        ScriptedTransport reader = ScriptedTransport.scripted((frame, completion) -> {
            Thread later = new Thread(() -> completion.completed(null));
            later.start();
        });
        Client client = connect(stopping, reader);
        IntStream.range(0, 100).forEach(i -> client.send(Frame.text("frame " + i)));
        stopping.stop();
        assertThat(reader.sent()).hasSize(100);
        assertThat(reader.closes()).containsExactly(Disconnect.SHUTDOWN);
    }
}
