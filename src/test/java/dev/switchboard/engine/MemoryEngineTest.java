package dev.switchboard.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.hub.FakeClock;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MemoryEngineTest implements EngineContract {

    private static final Retention MANY = new Retention(1_000, Duration.ofMinutes(1));

    private final FakeClock clock = new FakeClock();
    private final MemoryEngine engine = new MemoryEngine(100_000, clock, Runnable::run);

    @Override
    public Engine engine() {
        return engine;
    }

    @Override
    public void pass(Duration time) {
        clock.advance(time);
    }

    private Position publish(String channel, String text) {
        return Objects.requireNonNull(
                EngineContract.now(engine.publish(channel, EngineContract.publication(text), MANY)));
    }

    private Position top(String channel) {
        return EngineContract.now(engine.history(channel, HistoryQuery.POSITION, MANY))
                .top();
    }

    /** Ignores all calls. */
    private static final class IgnoringFeed implements Engine.Feed {
        @Override
        public Runnable published(String channel, Publication publication) {
            return () -> {};
        }

        @Override
        public Runnable joined(String channel, ClientInfo client) {
            return () -> {};
        }

        @Override
        public Runnable left(String channel, ClientInfo client) {
            return () -> {};
        }
    }

    /** Returns an engine with the bound of the default settings. */
    private MemoryEngine large() {
        MemoryEngine large = new MemoryEngine(67_108_864, clock, Runnable::run);
        large.start(new IgnoringFeed());
        return large;
    }

    private Position publish(MemoryEngine to, String channel, String text) {
        return Objects.requireNonNull(EngineContract.now(to.publish(channel, EngineContract.publication(text), MANY)));
    }

    private Position publish(MemoryEngine to, String channel, String text, int times) {
        IntStream.range(1, times).forEach(i -> publish(to, channel, text));
        return publish(to, channel, text);
    }

    private History past(MemoryEngine of, String channel) {
        return EngineContract.now(of.history(channel, HistoryQuery.newest(-1), MANY));
    }

    private static long bytes(History past) {
        return past.publications().stream().mapToLong(Publication::size).sum();
    }

    /** Asserts that the channel has all its publications, and the same stream. */
    private void assertWhole(MemoryEngine in, String channel, Position top) {
        assertThat(past(in, channel)).satisfies(past -> {
            assertThat(past.top()).isEqualTo(top);
            assertThat(past.publications()).hasSize((int) top.offset());
        });
    }

    @Test
    void the_largest_streams_lose_publications_before_a_small_one_does() {
        engine.start(new Listener());
        Position small = publish(engine, "small", "1", 5);
        clock.advance(Duration.ofSeconds(1)); // its stream is the one that was unused for longest
        Position middle = publish(engine, "middle", "x".repeat(700), 5);
        for (int i = 0; i < 8; i++) {
            publish(engine, "large" + i, "x".repeat(700), 20);
        }
        assertWhole(engine, "small", small);
        assertWhole(engine, "middle", middle);
        for (int i = 0; i < 8; i++) {
            History past = past(engine, "large" + i);
            assertThat(past.top().offset()).isEqualTo(20);
            assertThat(past.publications()).hasSizeBetween(5, 20);
        }
    }

    @Test
    void a_channel_holds_no_more_than_a_quarter_of_the_bound_and_keeps_its_newest() {
        engine.start(new Listener());
        Position top = publish(engine, "c", "x".repeat(700), 100);
        assertThat(past(engine, "c")).satisfies(past -> {
            assertThat(past.top()).isEqualTo(top);
            assertThat(past.publications()).hasSizeBetween(20, 26);
            assertThat(past.publications().get(0).position()).isEqualTo(top);
        });
    }

    @Test
    void a_flood_into_a_few_channels_takes_nothing_from_the_others() {
        MemoryEngine flooded = large();
        Position small = publish(flooded, "small", "1", 5);
        Position usual = publish(flooded, "usual", "x".repeat(1_000), 300);
        String message = "x".repeat(63_000);
        for (int i = 0; i < 1_250; i++) { // 79 MB
            publish(flooded, "flood" + i % 8, message);
        }
        assertWhole(flooded, "small", small);
        assertWhole(flooded, "usual", usual);
        long held = IntStream.range(0, 8)
                .mapToLong(i -> bytes(past(flooded, "flood" + i)))
                .sum();
        assertThat(held).isBetween(50_000_000L, 67_108_864L);
    }

    @Test
    void a_flood_of_channels_with_one_large_message_each_takes_nothing_from_the_others() {
        MemoryEngine flooded = large();
        Position quiet = publish(flooded, "quiet", "1", 5);
        clock.advance(Duration.ofMinutes(2));
        flooded.sweep();
        Position small = publish(flooded, "small", "1", 5);
        Position usual = publish(flooded, "usual", "x".repeat(1_000), 60);
        String message = "x".repeat(65_536);
        for (int i = 0; i < 100_000; i++) {
            publish(flooded, "flood" + i, message);
        }
        assertWhole(flooded, "small", small);
        assertWhole(flooded, "usual", usual);
        assertThat(past(flooded, "quiet").top()).isEqualTo(quiet);
        long held = IntStream.range(0, 100_000)
                .mapToLong(i -> bytes(past(flooded, "flood" + i)))
                .sum();
        assertThat(held).isBetween(20_000_000L, 67_108_864L);
    }

    @Test
    void a_flood_of_channels_with_one_small_message_each_takes_nothing_from_the_small_ones_before_it() {
        MemoryEngine flooded = large();
        Position small = publish(flooded, "small", "1", 5);
        Position usual = publish(flooded, "usual", "x".repeat(1_000), 60);
        for (int i = 0; i < 300_000; i++) {
            publish(flooded, "flood" + i, "1");
        }
        assertWhole(flooded, "small", small);
        assertThat(past(flooded, "usual")).satisfies(past -> {
            assertThat(past.top()).isEqualTo(usual);
            assertThat(past.publications()).isNotEmpty();
        });
    }

    @Test
    void a_flood_of_channels_without_any_message_takes_no_message_of_the_others() {
        engine.start(new Listener());
        Position small = publish(engine, "small", "1", 5);
        Position usual = publish(engine, "usual", "x".repeat(700), 20);
        IntStream.range(0, 10_000).forEach(i -> top("flood" + i));
        assertWhole(engine, "small", small);
        assertWhole(engine, "usual", usual);
    }

    @Test
    void a_stream_without_publications_stays_when_it_was_used_last() {
        engine.start(new Listener());
        Position used = top("used");
        for (int i = 0; i < 10_000; i++) {
            top("flood" + i);
            if (i % 50 == 0) {
                assertThat(top("used")).isEqualTo(used);
            }
        }
    }

    @Test
    void the_memory_is_counted_right_when_several_threads_publish_and_read() throws Exception {
        MemoryEngine flooded = new MemoryEngine(1_000_000, clock, Runnable::run);
        flooded.start(new IgnoringFeed());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> done = IntStream.range(0, 4)
                    .<Future<?>>mapToObj(thread -> threads.submit(() -> {
                        for (int i = 0; i < 5_000; i++) {
                            publish(flooded, "c" + i % 100, "x".repeat(i % 7 * 1_000));
                            past(flooded, "c" + (i * 31 + thread) % 300);
                        }
                    }))
                    .toList();
            for (Future<?> flood : done) {
                flood.get(1, TimeUnit.MINUTES);
            }
        } finally {
            threads.shutdownNow();
        }
        clock.advance(Duration.ofDays(31));
        flooded.sweep();
        Position first =
                publish(flooded, "whole", "x".repeat(20_000), 12); // fails if the count still holds forgotten streams
        assertThat(past(flooded, "whole").publications()).hasSize(12);
        assertThat(past(flooded, "whole").top()).isEqualTo(first);
    }

    @Test
    void streams_without_publications_have_a_bound() {
        engine.start(new Listener());
        Position first = top("c0");
        IntStream.range(1, 1_000).forEach(i -> {
            clock.advance(Duration.ofMillis(1));
            top("c" + i);
        });
        Position last = top("c999");
        assertThat(top("c999")).isEqualTo(last);
        assertThat(top("c0")).isNotEqualTo(first);
    }

    @Test
    void the_engine_frees_so_much_that_the_bound_is_not_met_again_at_once() {
        AtomicInteger rounds = new AtomicInteger();
        MemoryEngine counted = new MemoryEngine(100_000, clock, task -> {
            rounds.incrementAndGet();
            task.run();
        });
        counted.start(new Listener());
        for (int round = 1; round <= 3; round++) {
            for (int i = 0; rounds.get() < round; i++) {
                assertThat(i).isLessThan(1_000);
                clock.advance(Duration.ofMillis(1));
                EngineContract.now(
                        counted.publish("r" + round + "c" + i, EngineContract.publication("x".repeat(700)), MANY));
            }
            EngineContract.now(counted.publish("small" + round, EngineContract.publication("1"), MANY));
            assertThat(rounds).hasValue(round);
        }
    }

    @Test
    void expired_publications_free_memory() {
        engine.start(new Listener());
        Position kept = publish("kept", "1");
        clock.advance(Duration.ofSeconds(1)); // its stream is the one that was unused for longest
        IntStream.range(0, 100).forEach(i -> publish("busy", "x".repeat(700)));
        clock.advance(Duration.ofMinutes(2));
        engine.sweep();
        IntStream.range(0, 100).forEach(i -> publish("other", "x".repeat(700)));
        assertThat(top("kept")).isEqualTo(kept);
    }

    @Test
    void a_stream_stays_when_it_was_read_within_30_days() {
        engine.start(new Listener());
        Position read = publish("a", "1");
        clock.advance(Duration.ofDays(29));
        assertThat(top("a")).isEqualTo(read);
        clock.advance(Duration.ofDays(2));
        engine.sweep();
        assertThat(top("a")).isEqualTo(read);
    }

    @Test
    void the_info_of_a_publisher_counts_as_memory() {
        engine.start(new Listener());
        for (int i = 0; i < 30; i++) {
            ClientInfo talkative = new ClientInfo("" + i, "u", "\"" + "x".repeat(5_000) + "\"", null);
            EngineContract.now(engine.publish("busy", new Publication(Payload.json("1"), talkative, null), MANY));
        }
        assertThat(past(engine, "busy").publications()).hasSizeBetween(2, 5);
    }

    @Test
    void a_stream_is_forgotten_when_it_was_unused_for_30_days() {
        engine.start(new Listener());
        Position forgotten = publish("a", "1");
        clock.advance(Duration.ofDays(29));
        Position used = publish("b", "1");
        engine.sweep();
        assertThat(top("b")).isEqualTo(used);
        clock.advance(Duration.ofDays(2));
        engine.sweep();
        assertThat(top("a").epoch()).isNotEqualTo(forgotten.epoch());
        assertThat(top("b")).isEqualTo(used);
    }

    /**
     * Starts a thread, and returns it when it waits for a lock of the calling thread or has ended.
     */
    private static Thread started(Runnable task) {
        Thread thread = new Thread(task);
        thread.start();
        await().until(() -> thread.getState() == Thread.State.BLOCKED || !thread.isAlive());
        return thread;
    }

    /**
     * Runs a task on another thread, and then one on this thread, before it records the first
     * publication.
     */
    private static final class InterruptedFeed implements Engine.Feed {
        final Listener listener = new Listener();
        final Runnable meanwhile;
        final Runnable then;
        final AtomicBoolean begun = new AtomicBoolean();

        @Nullable
        Thread other;

        InterruptedFeed(Runnable meanwhile, Runnable then) {
            this.meanwhile = meanwhile;
            this.then = then;
        }

        @Override
        public Runnable published(String channel, Publication publication) {
            if (begun.compareAndSet(false, true)) {
                other = started(meanwhile);
                then.run();
            }
            return listener.published(channel, publication);
        }

        @Override
        public Runnable joined(String channel, ClientInfo client) {
            return listener.joined(channel, client);
        }

        @Override
        public Runnable left(String channel, ClientInfo client) {
            return listener.left(channel, client);
        }
    }

    @Test
    void a_feed_gets_a_publication_after_those_with_lower_offsets() throws Exception {
        InterruptedFeed feed = new InterruptedFeed(() -> publish("c", "2"), () -> {});
        engine.start(feed);
        publish("c", "1");
        Objects.requireNonNull(feed.other).join();
        assertThat(feed.listener.heard)
                .filteredOn(line -> !line.equals("written"))
                .containsExactly("c 1 at 1", "c 2 at 2");
    }

    @Test
    void a_publisher_gets_the_next_stream_when_its_stream_is_forgotten_meanwhile() throws Exception {
        InterruptedFeed feed = new InterruptedFeed(() -> publish("c", "2"), () -> {
            clock.advance(Duration.ofDays(31));
            engine.sweep();
        });
        engine.start(feed);
        Position forgotten = publish("c", "1");
        Objects.requireNonNull(feed.other).join();
        assertThat(feed.listener.heard)
                .filteredOn(line -> line.startsWith("c 2"))
                .containsExactly("c 2 at 1");
        assertThat(top("c").offset()).isEqualTo(1);
        assertThat(top("c").epoch()).isNotEqualTo(forgotten.epoch());
    }

    @Test
    void a_client_recovers_a_thousand_publications() {
        LongRecovery.check(new MemoryEngine(10_000_000, clock, Runnable::run));
    }
}
