package dev.switchboard.cluster;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs tasks of any thread one after another, in their order, on the threads of an executor. Such
 * tasks can share state without a lock.
 */
final class Turns {

    private static final System.Logger LOG = System.getLogger(Turns.class.getName());

    /** The largest number of tasks that wait, beyond which {@link #offer} refuses more. */
    private static final int ROOM = 10_000;

    private final Executor executor;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean running = new AtomicBoolean();

    Turns(Executor executor) {
        this.executor = executor;
    }

    /** Adds the task, unless too many wait. Memory only: {@link #run} follows, perhaps later. */
    void offer(Runnable task) {
        if (waiting.get() < ROOM) {
            add(task);
        }
    }

    private void add(Runnable task) {
        waiting.incrementAndGet();
        tasks.add(task);
    }

    /** Adds the task, and has the executor run it. */
    void execute(Runnable task) {
        add(task);
        run();
    }

    /** Has the executor run the tasks that wait. */
    void run() {
        if (!tasks.isEmpty() && running.compareAndSet(false, true)) {
            try {
                executor.execute(this::runAll);
            } catch (Throwable refused) { // for want of memory; a later call tries again
                running.set(false);
                throw refused;
            }
        }
    }

    private void runAll() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            waiting.decrementAndGet();
            try {
                task.run();
            } catch (Throwable failure) { // the other tasks still run
                LOG.log(System.Logger.Level.ERROR, "a task of the cluster has failed", failure);
            }
        }
        running.set(false);
        run(); // a task that came after the last poll
    }
}
