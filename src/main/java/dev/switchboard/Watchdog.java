package dev.switchboard;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs the repeated tasks of the relay on one thread; a task that throws is run again in its turn. */
final class Watchdog extends ScheduledThreadPoolExecutor {

    private static final System.Logger LOG = System.getLogger(Watchdog.class.getName());

    private final Consumer<Throwable> failed;
    private volatile boolean dead;

    /** {@code failed} gets what a task throws, on the thread of the watchdog; it may throw too. */
    Watchdog(ThreadFactory threads, Consumer<Throwable> failed) {
        super(1, threads);
        this.failed = failed;
        setThreadFactory(task -> threads.newThread(() -> live(task)));
        prestartCoreThread();
    }

    private void live(Runnable task) {
        try {
            task.run();
        } finally {
            if (!isShutdown()) {
                dead = true;
                LOG.log(
                        System.Logger.Level.ERROR,
                        "the thread of the watchdog has died: the relay does not notice lost clients any more; restart it");
            }
        }
    }

    /** Returns false after its thread has ended before the shutdown, even if another has taken over. */
    boolean isAlive() {
        return !dead;
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long pause, TimeUnit unit) {
        return super.scheduleWithFixedDelay(guarded(task), first, pause, unit);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, long first, long period, TimeUnit unit) {
        return super.scheduleAtFixedRate(guarded(task), first, period, unit);
    }

    private Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (Throwable failure) {
                tell(failure);
            }
        };
    }

    private void tell(Throwable failure) {
        try {
            failed.accept(failure);
        } catch (Throwable untold) {
            // Without memory the report fails as well; the task must run again all the same.
        }
    }
}
