package dev.switchboard.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.hub.ChannelOptions.Retention;
import dev.switchboard.hub.ClientInfo;
import dev.switchboard.hub.Engine;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.HistoryQuery;
import dev.switchboard.hub.Payload;
import dev.switchboard.hub.Position;
import dev.switchboard.hub.Publication;
import java.time.Duration;
import java.util.Objects;
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

    @Test
    void what_is_too_much_goes_by_whole_streams_those_first_that_rested_longest() {
        engine.start(new Listener());
        Position resting = publish("resting", "1");
        clock.advance(Duration.ofSeconds(1));
        Position busy = publish("busy", "1");
        clock.advance(Duration.ofSeconds(1));
        IntStream.range(0, 100).forEach(i -> publish("new", "x".repeat(700)));
        publish("busy", "2");
        IntStream.range(0, 10).forEach(i -> publish("new", "x".repeat(700)));
        assertThat(top("busy")).isEqualTo(new Position(busy.epoch(), 2));
        assertThat(top("resting").epoch()).isNotEqualTo(resting.epoch());
        assertThat(top("resting").offset()).isZero();
    }

    @Test
    void asking_for_channels_that_are_not_there_has_a_bound_too() {
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
    void the_bound_holds_each_time_it_is_met_and_is_not_met_again_at_once() {
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
    void what_time_has_taken_makes_room() {
        engine.start(new Listener());
        Position kept = publish("kept", "1");
        clock.advance(Duration.ofSeconds(1)); // so that it would be the first to go
        IntStream.range(0, 100).forEach(i -> publish("busy", "x".repeat(700)));
        clock.advance(Duration.ofMinutes(2));
        engine.sweep();
        IntStream.range(0, 100).forEach(i -> publish("other", "x".repeat(700)));
        assertThat(top("kept")).isEqualTo(kept);
    }

    @Test
    void a_stream_that_was_read_was_used() {
        engine.start(new Listener());
        Position read = publish("a", "1");
        clock.advance(Duration.ofDays(29));
        assertThat(top("a")).isEqualTo(read);
        clock.advance(Duration.ofDays(2));
        engine.sweep();
        assertThat(top("a")).isEqualTo(read);
    }

    @Test
    void what_publishers_say_of_themselves_counts_as_well() {
        engine.start(new Listener());
        Position resting = publish("resting", "1");
        clock.advance(Duration.ofSeconds(1));
        for (int i = 0; i < 30; i++) {
            ClientInfo talkative = new ClientInfo("" + i, "u", "\"" + "x".repeat(5_000) + "\"", null);
            EngineContract.now(engine.publish("busy", new Publication(Payload.json("1"), talkative, null), MANY));
        }
        assertThat(top("resting").epoch()).isNotEqualTo(resting.epoch());
    }

    @Test
    void a_stream_that_nobody_used_for_a_month_is_forgotten() {
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

    /** A thread that has come as far as it can without the lock that this one holds. */
    private static Thread started(Runnable task) {
        Thread thread = new Thread(task);
        thread.start();
        await().until(() -> thread.getState() == Thread.State.BLOCKED || !thread.isAlive());
        return thread;
    }

    /** Hears, but before the first publication is heard, does something on another thread, and then something on this one. */
    private static final class Interrupted implements Engine.Feed {
        final Listener listener = new Listener();
        final Runnable meanwhile;
        final Runnable then;
        final AtomicBoolean begun = new AtomicBoolean();

        @Nullable
        Thread other;

        Interrupted(Runnable meanwhile, Runnable then) {
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
        public Runnable joined(String channel, ClientInfo who) {
            return listener.joined(channel, who);
        }

        @Override
        public Runnable left(String channel, ClientInfo who) {
            return listener.left(channel, who);
        }
    }

    @Test
    void nothing_is_heard_before_what_was_published_before_it() throws Exception {
        Interrupted feed = new Interrupted(() -> publish("c", "2"), () -> {});
        engine.start(feed);
        publish("c", "1");
        Objects.requireNonNull(feed.other).join();
        assertThat(feed.listener.heard)
                .filteredOn(line -> !line.equals("written"))
                .containsExactly("c 1 at 1", "c 2 at 2");
    }

    @Test
    void whoever_waited_for_a_stream_that_is_forgotten_meanwhile_gets_the_next_one() throws Exception {
        Interrupted feed = new Interrupted(() -> publish("c", "2"), () -> {
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
}
