package dev.switchboard.engine.file;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Flushes segments to the disk, and runs tasks that wait for the disk.
 *
 * <p>All tasks that wait share one step. They run one at a time, in the order in which they came. Any
 * thread; the lock of this object is taken after that of the log.
 */
final class Flusher {

    private static final System.Logger LOG = System.getLogger(Flusher.class.getName());

    /** A task, and what runs instead if nothing becomes safe any more. */
    private record Waiting(Runnable task, Runnable instead) {}

    /** The active segment, and where it ends. */
    record Tail(Segment segment, int end) {}

    private final Supplier<@Nullable Tail> tail;
    private final Runnable step;
    private final Thread thread = new Thread(this::run, "switchboard-log-flush");

    // all guarded by this
    private final List<Segment> full = new ArrayList<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean busy;
    private boolean closed;

    /** Set once. The system may take pages for clean after it has failed to write them, so no later flush counts. */
    private volatile @Nullable String fault;

    /** {@code step} makes safe what was appended before; it may block, and may {@link #flush}. */
    Flusher(Supplier<@Nullable Tail> tail, Runnable step) {
        this.tail = tail;
        this.step = step;
    }

    /** Starts the thread that runs tasks. */
    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Adds a segment that is full, to be flushed once more. */
    synchronized void add(Segment segment) {
        full.add(segment);
    }

    /** Flushes all that was appended before, or notes a fault; blocks. */
    void flush() {
        try {
            flushAll();
        } catch (UncheckedIOException | InternalError failure) {
            fault = "cannot flush the log: " + failure;
            LOG.log(System.Logger.Level.ERROR, fault + "; the relay must be restarted", failure);
        }
    }

    private void flushAll() {
        Tail last = tail.get(); // before the list: this segment may become full meanwhile
        List<Segment> ended;
        synchronized (this) {
            ended = List.copyOf(full);
        }
        ended.forEach(Segment::flush);
        if (last != null) {
            last.segment.flush(last.end);
        }
        synchronized (this) {
            full.removeAll(ended);
        }
    }

    /**
     * Runs the task after the next step. After a fault or {@link #close}, runs {@code instead}, perhaps
     * at once.
     */
    void whenSafe(Runnable task, Runnable instead) {
        synchronized (this) {
            if (!closed && fault == null) {
                waiting.add(new Waiting(task, instead));
                notifyAll();
                return;
            }
        }
        instead.run();
    }

    /** Returns why nothing can be flushed any more, null if it can. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Returns whether tasks wait or run, so that the next one must wait for its turn. */
    synchronized boolean isBusy() {
        return busy || !waiting.isEmpty();
    }

    private void run() {
        try {
            for (List<Waiting> all = take(); !all.isEmpty(); all = take()) {
                step.run();
                boolean safe = fault == null;
                all.forEach(each -> run(safe ? each.task : each.instead));
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns all tasks that wait; none after the end. */
    private synchronized List<Waiting> take() throws InterruptedException {
        busy = false;
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        busy = true;
        List<Waiting> all = List.copyOf(waiting);
        waiting.clear();
        return all;
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error failure) {
            LOG.log(System.Logger.Level.ERROR, "a task that waited for the disk failed", failure);
        }
    }

    /** Runs the tasks that wait, and no others; blocks. */
    void close() throws InterruptedException {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        thread.join();
    }
}
