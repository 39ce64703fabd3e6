package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SpreadTest {

    private static final int MANY = 10_000;

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final AtomicInteger done = new AtomicInteger();
    private final Spread spread = new Spread(timer, Runnable::run, new FakeClock());

    @Test
    void a_few_tasks_run_at_once_and_the_rest_of_many_runs_later() {
        try {
            for (int i = 0; i < MANY; i++) {
                spread.execute(done::incrementAndGet);
            }
            int prompt = MANY - timer.getQueue().size() - (int) timer.getCompletedTaskCount();
            assertThat(prompt).isBetween(1, MANY / 10);
            assertThat(timer.getQueue())
                    .allSatisfy(late -> assertThat(((Delayed) late).getDelay(TimeUnit.MILLISECONDS))
                            .isLessThanOrEqualTo(2000));
            await().untilAtomic(done, is(MANY));
        } finally {
            timer.shutdownNow();
        }
    }
}
