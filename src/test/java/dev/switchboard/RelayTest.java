package dev.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.failure.Row;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.limits.Admission.Refusal;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

    private static Client come(Relay to, ScriptedTransport transport) {
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
    void after_a_drain_all_are_gone_nobody_comes_and_a_stop_is_still_possible() {
        List<ScriptedTransport> transports = IntStream.range(0, 250)
                .mapToObj(i -> ScriptedTransport.inline())
                .toList();
        transports.forEach(transport -> come(relay, transport));
        relay.drain().join();
        await().untilAsserted(() -> assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.closes()).containsExactly(Disconnect.SHUTDOWN)));
        assertThat(relay.admission().refusal("")).isEqualTo(Refusal.DRAINING);
        assertThat(relay.admission().connections()).isZero();
        assertThat(relay.drain()).isCompleted();
    }

    @Test
    void a_drain_that_takes_too_long_ends_at_its_time() {
        Relay slow = relay(Map.of("switchboard.drain.rate", "10", "switchboard.drain.time", "100ms"));
        List<ScriptedTransport> transports =
                IntStream.range(0, 50).mapToObj(i -> ScriptedTransport.inline()).toList();
        transports.forEach(transport -> come(slow, transport));
        slow.stop();
        assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.closes()).containsExactly(Disconnect.SHUTDOWN));
    }

    @Test
    void what_is_done_again_and_again_outlives_its_failures_waits_for_itself_and_for_nothing_else() {
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
    void a_log_that_blocks_keeps_nobody_waiting_and_loses_lines_rather_than_memory() {
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
            come(relay, listener);
            for (int i = 0; i < 11_000; i++) {
                Client client = come(relay, ScriptedTransport.inline());
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
    void a_stop_gives_time_to_read_what_waits_and_leaves_no_thread() {
        Relay stopping = relay(Map.of());
        ScriptedTransport reader = ScriptedTransport.scripted((frame, completion) -> {
            Thread later = new Thread(() -> completion.completed(null));
            later.start();
        });
        Client client = come(stopping, reader);
        IntStream.range(0, 100).forEach(i -> client.send(Frame.text("frame " + i)));
        stopping.stop();
        assertThat(reader.sent()).hasSize(100);
        assertThat(reader.closes()).containsExactly(Disconnect.SHUTDOWN);
    }
}
