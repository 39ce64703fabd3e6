package dev.switchboard.engine.file;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Reserves files of a log before they are needed, so that an append never waits for the disk.
 *
 * <p>Any thread; {@link #fill} is for one thread at a time and may block, all else is memory only.
 */
final class ReservedFiles {

    private static final System.Logger LOG = System.getLogger(ReservedFiles.class.getName());

    private static final int ENOUGH = 2;

    /** A file whose head is empty. */
    record Reserved(long sequence, Path path, long identity, MappedByteBuffer bytes) {}

    private final LogFolder folder;
    private final Machine machine;
    private final int size;

    // all guarded by this
    private final Queue<Reserved> files = new ArrayDeque<>();
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

    /** Returns the file that is next, null if none is reserved. */
    synchronized @Nullable Reserved take() {
        return files.poll();
    }

    /** Reserves files until there are enough, or the disk has no room. */
    void fill() {
        while (true) {
            long sequence;
            synchronized (this) {
                if (closed || files.size() >= ENOUGH) {
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
                }
                found(null);
            } catch (IOException | InternalError failure) {
                found("cannot write to " + folder + ": " + failure);
                return;
            }
        }
    }

    private void found(@Nullable String trouble) {
        boolean news;
        synchronized (this) {
            news = (fault == null) != (trouble == null);
            fault = trouble;
        }
        if (news && trouble == null) {
            LOG.log(System.Logger.Level.INFO, "the log in " + folder + " has room again");
        } else if (news) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    trouble + "; when the reserved room is used up, channels with history refuse publications");
        }
    }

    /** Returns whether {@link #fill} would reserve a file at once. */
    synchronized boolean isFillable() {
        return files.size() < ENOUGH && fault == null;
    }

    /** Returns why no file can be reserved, null if one could. */
    synchronized @Nullable String fault() {
        return fault;
    }

    /** Deletes the files that were not taken; may block. */
    void close() {
        synchronized (this) {
            closed = true;
        }
        files.forEach(file -> LogFolder.delete(file.path()));
    }
}
