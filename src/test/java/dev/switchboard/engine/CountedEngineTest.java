package dev.switchboard.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.limits.Calls;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Tracing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class CountedEngineTest implements EngineContract {

    private final FakeClock clock = new FakeClock();
    private final FaultyEngine counted = new FaultyEngine(new MemoryEngine(100_000, clock, Runnable::run));
    private final Calls calls = new Calls();
    private final CountedEngine engine = new CountedEngine(counted, calls, Tracing.NONE, clock);

    @Override
    public Engine engine() {
        return engine;
    }

    @Override
    public void pass(Duration time) {
        clock.advance(time);
    }

    private List<CompletionStage<?>> askAll() {
        return List.of(
                engine.listen("c"),
                engine.publish("c", EngineContract.publication("1"), THREE),
                engine.publishOnce("key", "c", EngineContract.publication("2"), THREE),
                engine.history("c", HistoryQuery.POSITION, THREE),
                engine.removeHistory("c"),
                engine.enter("c", ANN),
                engine.presence("c"),
                engine.announceJoin("c", ANN),
                engine.exit("c", "1"),
                engine.announceLeave("c", ANN));
    }

    @Test
    void each_operation_has_a_name() {
        engine.start(new Listener());
        assertThat(askAll()).allSatisfy(answer -> assertThat(answer).isCompleted());
        assertThat(calls.byName())
                .containsOnlyKeys(
                        "listen", "publish", "history", "history_remove", "enter", "presence", "join", "exit", "leave")
                .allSatisfy((name, call) -> {
                    long times = name.equals("publish") ? 2 : 1;
                    assertThat(call.outcomes()).as(name).isEqualTo(Map.of("ok", times));
                    assertThat(call.times().count()).as(name).isEqualTo(times);
                    assertThat(call.times().sum()).as(name).isZero();
                });
    }

    @Test
    void a_late_answer_is_measured() {
        engine.start(new Listener());
        counted.fallBehind();
        CompletionStage<?> answer = engine.publish("c", EngineContract.publication("1"), Retention.NONE);
        clock.advance(Duration.ofMillis(7));
        counted.catchUp();
        assertThat(answer).isCompleted();
        assertThat(calls.of("publish").outcomes()).isEqualTo(Map.of("ok", 1L));
        assertThat(calls.of("publish").times().sum())
                .isEqualTo(Duration.ofMillis(7).toNanos());
    }

    @Test
    void a_failure_counts_by_its_kind() {
        engine.start(new Listener());
        for (Throwable failure :
                List.of(ClientError.LIMIT_EXCEEDED, new TimeoutException(), new IllegalStateException("no memory"))) {
            counted.fail(failure);
            assertThat(engine.history("c", HistoryQuery.POSITION, THREE).toCompletableFuture())
                    .isCompletedExceptionally();
        }
        assertThat(calls.of("history").outcomes())
                .isEqualTo(Map.of("ok", 0L, "refused", 1L, "timeout", 1L, "failed", 1L));
    }
}
