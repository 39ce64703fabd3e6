package dev.switchboard.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.ChannelOptions.Retention;
import dev.switchboard.hub.Engine;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.HistoryQuery;
import dev.switchboard.hub.Position;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.IntStream;
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
    void what_time_has_taken_makes_room() {
        engine.start(new Listener());
        Position kept = publish("kept", "1");
        IntStream.range(0, 100).forEach(i -> publish("busy", "x".repeat(700)));
        clock.advance(Duration.ofMinutes(2));
        engine.sweep();
        IntStream.range(0, 100).forEach(i -> publish("busy", "x".repeat(700)));
        assertThat(top("kept")).isEqualTo(kept);
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
}
