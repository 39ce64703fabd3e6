package dev.switchboard;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs the repeated tasks of the relay on one thread. A task that throws still runs again. */
final class Watchdog extends ScheduledThreadPoolExecutor {

    private static final System.Logger LOG = System.getLogger(Watchdog.class.getName());

    private final Consumer<Throwable> failed;
    private volatile boolean dead;

    /**
     * {@code failed} gets what a task throws, on the thread of the watchdog, and may throw as well.
     */
    Watchdog(ThreadFactory threads, Consumer<Throwable> failed) {
        super(1, threads);
        this.failed = failed;
        setThreadFactory(task -> threads.newThread(() -> runThread(task)));
        prestartCoreThread();
    }

    private void runThread(Runnable task) {
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

    /**
     * Returns false if the thread has ended before the shutdown, even if another thread has
     * replaced it.
     */
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
                report(failure);
            }
        };
    }

    private void report(Throwable failure) {
        try {
            failed.accept(failure);
        } catch (Throwable unreported) {
            // without memory the report fails as well, and the task must still run again
        }
    }
}
