package dev.switchboard.hub;

import dev.switchboard.limits.RateLimit;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Runs a few tasks at once, and spreads many over two seconds. The relay tells clients by it that
 * they have missed something, because all of them then read the history. Any thread.
 */
public final class Spread implements Executor {

    private static final Duration LONGEST = Duration.ofSeconds(2);

    /** Tasks in a second that run at once. */
    private static final int PROMPT = 200;

    private final ScheduledExecutorService timer;
    private final Executor writers;
    private final LongSupplier nanoTime;
    private final RateLimit prompt; // guarded by itself

    /**
     * Creates an executor.
     *
     * @param timer only starts tasks on {@code writers}
     * @param writers runs the tasks
     */
    public Spread(ScheduledExecutorService timer, Executor writers, LongSupplier nanoTime) {
        this.timer = timer;
        this.writers = writers;
        this.nanoTime = nanoTime;
        this.prompt = new RateLimit(PROMPT, nanoTime.getAsLong());
    }

    @Override
    public void execute(Runnable task) {
        if (isPrompt()) {
            writers.execute(task);
        } else {
            long delay = ThreadLocalRandom.current().nextLong(LONGEST.toMillis());
            Future<?> unused = timer.schedule(() -> writers.execute(task), delay, TimeUnit.MILLISECONDS);
        }
    }

    private boolean isPrompt() {
        synchronized (prompt) {
            return prompt.take(nanoTime.getAsLong());
        }
    }
}
