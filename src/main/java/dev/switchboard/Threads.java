package dev.switchboard;

import dev.switchboard.limits.Counters;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs the threads of a relay.
 *
 * <p>The pools start all their threads at once. A later start could fail, and then on the thread of
 * a publisher. Only the journal starts its thread with its first line. After {@link #stop} the
 * caller's thread runs a task itself, and a line of the journal is lost.
 */
final class Threads {

    private static final System.Logger LOG = System.getLogger(Threads.class.getName());

    /**
     * Maximum number of closes at a time, because a close may block for seconds on a stuck
     * connection.
     */
    private static final int BACKGROUND_THREADS = 16;

    /**
     * Maximum number of lines that wait for a slow log. Further lines are lost, so that no thread
     * waits.
     */
    private static final int JOURNAL_LINES = 10_000;

    private static final int STOP_SECONDS = 30;

    private final Counters counters;
    private final List<Thread> started = new CopyOnWriteArrayList<>();
    private final List<ThreadPoolExecutor> pools = new CopyOnWriteArrayList<>();
    private final ThreadPoolExecutor background = startedPool(BACKGROUND_THREADS, "switchboard-background-");
    private final ThreadPoolExecutor writers =
            startedPool(Runtime.getRuntime().availableProcessors(), "switchboard-writer-");
    private final ThreadPoolExecutor closing = startedPool(1, "switchboard-closing-");
    private final ThreadPoolExecutor journal =
            pool(1, new ArrayBlockingQueue<>(JOURNAL_LINES), "switchboard-journal-", (line, full) -> countLostLine());
    private final Watchdog watchdog = new Watchdog(factory("switchboard-watchdog-"), this::failed);

    Threads(Counters counters) {
        this.counters = counters;
    }

    private void countLostLine() {
        counters.lostLines().increment();
    }

    private void failed(Throwable failure) {
        counters.internalErrors().count("watchdog");
        journal.execute(() -> LOG.log(System.Logger.Level.ERROR, "a task of the watchdog has failed", failure));
    }

    /** Adds a pool of {@code size} threads, whose names begin with {@code prefix}. */
    ThreadPoolExecutor startedPool(int size, String prefix) {
        ThreadPoolExecutor pool = pool(size, new LinkedBlockingQueue<>(), prefix, (task, stopped) -> task.run());
        pool.prestartAllCoreThreads();
        return pool;
    }

    private ThreadPoolExecutor pool(
            int size, BlockingQueue<Runnable> queue, String prefix, RejectedExecutionHandler rejected) {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(size, size, 0, TimeUnit.SECONDS, queue, factory(prefix), rejected);
        pools.add(pool);
        return pool;
    }

    private ThreadFactory factory(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            started.add(thread);
            return thread;
        };
    }

    /** Returns the executor of tasks that may block. */
    Executor background() {
        return background;
    }

    /** Returns the executor of short tasks that do not block. */
    Executor writers() {
        return writers;
    }

    /** Returns the executor that closes connections, one at a time. */
    Executor closing() {
        return closing;
    }

    /** Returns the executor that writes lines of the log, because a log may block. */
    Executor journal() {
        return journal;
    }

    /** Returns the timer, whose tasks must not block. */
    Watchdog watchdog() {
        return watchdog;
    }

    /** Runs the task on the watchdog after each pause, so the task must not block. */
    void repeat(Duration pause, Runnable task) {
        Future<?> unused =
                watchdog.scheduleWithFixedDelay(task, pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Runs the task in the background after each pause, never twice at a time. The task may block.
     * What the task throws is logged.
     */
    void repeatInBackground(Duration pause, Runnable task) {
        AtomicBoolean running = new AtomicBoolean();
        Runnable once = () -> {
            try {
                task.run();
            } catch (Throwable failure) {
                failed(failure);
            } finally {
                running.set(false);
            }
        };
        repeat(pause, () -> {
            if (running.compareAndSet(false, true)) {
                try {
                    background.execute(once);
                } catch (Throwable refused) { // for want of memory
                    running.set(false);
                    throw refused;
                }
            }
        });
    }

    boolean isStopped() {
        return watchdog.isShutdown();
    }

    /**
     * Ends all repeated tasks, and waits up to 30 s for the tasks in the background. May be called
     * again.
     */
    void stop() throws InterruptedException {
        watchdog.shutdownNow();
        pools.forEach(ThreadPoolExecutor::shutdown);
        try {
            if (!background.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                background.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            background.shutdownNow();
            throw interrupted;
        }
        if (!journal.awaitTermination(1, TimeUnit.SECONDS)) {
            journal.shutdownNow();
        }
    }

    /** Waits until each thread has ended, up to a second for each; call {@link #stop} first. */
    void join() throws InterruptedException {
        watchdog.awaitTermination(1, TimeUnit.SECONDS);
        for (ThreadPoolExecutor pool : pools) {
            pool.awaitTermination(1, TimeUnit.SECONDS);
        }
        for (Thread thread : started) { // a pool that has terminated may have threads on their last steps
            thread.join(TimeUnit.SECONDS.toMillis(1));
        }
    }
}
