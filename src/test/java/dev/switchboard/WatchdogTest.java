package dev.switchboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WatchdogTest {

    private final AtomicInteger reports = new AtomicInteger();
    private final Watchdog watchdog = new Watchdog(Thread::new, failure -> {
        reports.incrementAndGet();
        throw new OutOfMemoryError("expected, of the report");
    });

    @AfterEach
    void stop() {
        watchdog.shutdownNow();
    }

    @Test
    void a_task_runs_again_if_it_fails_and_the_report_fails() {
        AtomicInteger delayed = new AtomicInteger();
        AtomicInteger steady = new AtomicInteger();
        var first = watchdog.scheduleWithFixedDelay(
                () -> {
                    delayed.incrementAndGet();
                    throw new OutOfMemoryError("expected");
                },
                0,
                1,
                TimeUnit.MILLISECONDS);
        var second = watchdog.scheduleAtFixedRate(
                () -> {
                    steady.incrementAndGet();
                    throw new StackOverflowError("expected");
                },
                0,
                1,
                TimeUnit.MILLISECONDS);

        await().untilAsserted(() -> assertThat(delayed).hasValueGreaterThan(3));
        await().untilAsserted(() -> assertThat(steady).hasValueGreaterThan(3));
        assertThat(reports).hasValueGreaterThan(6);
        assertThat(watchdog.isAlive()).isTrue();
        assertThat(first.isDone() || second.isDone()).isFalse();
    }

    @Test
    void is_alive_returns_false_after_the_thread_has_died() {
        assertThat(watchdog.isAlive()).isTrue();
        watchdog.setCorePoolSize(0); // lets the idle thread end
        await().untilAsserted(() -> assertThat(watchdog.isAlive()).isFalse());
    }

    @Test
    void is_alive_returns_true_after_a_stop() throws Exception {
        watchdog.shutdownNow();
        assertThat(watchdog.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        assertThat(watchdog.isAlive()).isTrue();
    }
}
