package dev.switchboard.engine.file;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Reserves files of a log before they are needed, so that an append never waits for the disk.
 *
 * <p>A thread of its own reserves them: all else that a log does with the disk may take seconds. Any
 * thread; what does not say that it blocks is memory only.
 */
final class ReservedFiles {

    private static final System.Logger LOG = System.getLogger(ReservedFiles.class.getName());

    private static final int FEW = 4;

    /** So many files are reserved while they are taken fast. */
    private static final int MANY = 16;

    /** After this time the disk is tried again, and a flood is over. */
    private static final Duration AGAIN = Duration.ofSeconds(1);

    /** A file whose head is empty. */
    record Reserved(long sequence, Path path, long identity, MappedByteBuffer bytes) {}

    private final LogFolder folder;
    private final Machine machine;
    private final int size;
    private final Thread thread = new Thread(this::run, "switchboard-log-reserve");

    // all guarded by this
    private final Deque<Reserved> files = new ArrayDeque<>();
    private int enough = FEW;
    private long next;
    private @Nullable String fault;
    private boolean closed;

    /** {@code next} is the number of the first file, {@code size} the bytes of each. */
    ReservedFiles(LogFolder folder, Machine machine, int size, long next) {
        this.folder = folder;
        this.machine = machine;
        this.size = size;
        this.next = next;
    }

    /** Reserves the first files, and starts the thread that reserves more. May block. */
    void start() {
        fill();
        thread.setDaemon(true);
        thread.start();
    }

    /** Returns the file that is next, null if none is reserved. */
    synchronized @Nullable Reserved take() {
        Reserved taken = files.poll();
        if (isShort()) {
            enough = MANY;
        }
        notifyAll();
        return taken;
    }

    /** Returns whether files are taken faster than they are reserved, so that those who publish must wait. */
    synchronized boolean isShort() {
        return files.size() < FEW / 2 && fault == null && !closed;
    }

    /** Waits until the files are no longer {@linkplain #isShort short}, or the thread is interrupted; blocks. */
    synchronized void await() {
        try {
            while (isShort()) {
                wait();
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (waitUntilDue()) {
                fill();
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /** Returns false when this is closed. */
    private synchronized boolean waitUntilDue() throws InterruptedException {
        if (!closed && (files.size() >= enough || fault != null)) {
            int before = files.size();
            wait(AGAIN.toMillis());
            enough = files.size() == before ? FEW : enough; // none was taken
        }
        return !closed;
    }

    /** Reserves files until there are enough, or the disk has no room; deletes those of a flood that is over. */
    private void fill() {
        for (Reserved spare = spare(); spare != null; spare = spare()) {
            LogFolder.delete(spare.path());
        }
        while (true) {
            long sequence;
            synchronized (this) {
                if (closed || files.size() >= enough) {
                    return;
                }
                sequence = next;
            }
            Path path = folder.segment(sequence);
            try {
                MappedByteBuffer bytes = Segment.reserve(path, size);
                long identity = machine.identity().applyAsLong(path);
                synchronized (this) {
                    files.add(new Reserved(sequence, path, identity, bytes));
                    next++;
                    notifyAll();
                }
                found(null);
            } catch (IOException | InternalError failure) {
                found("cannot write to " + folder + ": " + failure);
                return;
            }
        }
    }

    private synchronized @Nullable Reserved spare() {
        Reserved last = files.size() > enough ? files.pollLast() : null;
        next = last == null ? next : last.sequence();
        return last;
    }

    private void found(@Nullable String trouble) {
        boolean news;
        synchronized (this) {
            news = (fault == null) != (trouble == null);
            fault = trouble;
            notifyAll();
        }
        if (news && trouble == null) {
            LOG.log(System.Logger.Level.INFO, "the log in " + folder + " has room again");
        } else if (news) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    trouble + "; when the reserved room is used up, channels with history refuse publications");
        }
    }

    /** Returns why no file can be reserved, null if one could. */
    synchronized @Nullable String fault() {
        return fault;
    }

    /** Ends the thread, and deletes the files that were not taken; blocks. */
    void close() throws InterruptedException {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        thread.join();
        files.forEach(file -> LogFolder.delete(file.path()));
    }
}
