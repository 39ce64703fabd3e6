package dev.switchboard.engine;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Counts the memory of all streams, and chooses the stream that loses publications next.
 *
 * <p>The next stream is the youngest stream of the highest size class. A flood of new channels
 * therefore takes nothing from older channels of its class. Streams without publications have a
 * share of their own. If they take more, the next stream is the one that was unused for the longest
 * time.
 *
 * <p>Any thread. No method iterates over all streams.
 */
final class HistoryMemory {

    /** Smaller streams, in bytes, are all of one size class. */
    static final long SMALL = 4096;

    /** The part of the bound at which streams stop losing publications. */
    private static final double KEPT = 0.9;

    /** The bound divided by this is what one channel, or all empty streams together, may take. */
    private static final int PARTS = 4;

    /** The class of a stream that is not counted. */
    private static final int NONE = -1;

    private static final int EMPTY = 0;
    private static final int CLASSES = Long.SIZE;

    /** Holds how one stream is counted; guarded by the lock of that stream. */
    static final class Slot {
        private final long birth; // a sequence number; a younger stream has a higher one
        private int sizeClass = NONE;
        private long key; // in the map of its class
        private long bytes;

        private Slot(long birth) {
            this.birth = birth;
        }
    }

    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong emptyBytes = new AtomicLong();
    private final AtomicLong sequence = new AtomicLong();

    /** The streams of each class: the empty streams, then those below 4 KiB, 8 KiB, and so on. */
    private final List<ConcurrentNavigableMap<Long, Stream>> classes;

    /** {@code maxBytes} is the bound for all streams together. */
    HistoryMemory(long maxBytes) {
        this.maxBytes = maxBytes;
        this.classes = IntStream.range(0, CLASSES)
                .<ConcurrentNavigableMap<Long, Stream>>mapToObj(each -> new ConcurrentSkipListMap<>())
                .toList();
    }

    /** Returns the largest size in bytes of one channel, and of all empty streams together. */
    long share() {
        return maxBytes / PARTS;
    }

    /** Returns whether the streams take more than the bound. */
    boolean isExceeded() {
        return bytes.get() > maxBytes;
    }

    /** Returns whether the streams take so little that none has to lose publications. */
    boolean isRelieved() {
        return bytes.get() <= maxBytes * KEPT;
    }

    /** Returns the slot of a new stream. */
    Slot slot() {
        return new Slot(sequence.incrementAndGet());
    }

    /** Counts a stream that was read or changed. The caller holds the lock of the stream. */
    void used(Stream stream) {
        count(stream, sequence.incrementAndGet(), true);
    }

    /** Counts a stream that lost publications or was forgotten. The caller holds its lock. */
    void shrunk(Stream stream) {
        count(stream, sequence.incrementAndGet(), false);
    }

    /**
     * Removes the oldest publications of the stream until it is of a lower class. The caller holds
     * its lock. If the stream is empty then, it is the next of the empty streams.
     */
    void shrink(Stream stream) {
        stream.trim(smallest(stream.slot().sizeClass));
        count(stream, Long.MIN_VALUE + sequence.incrementAndGet(), true);
    }

    /**
     * Counts the stream with its present size. {@code emptyKey} is its key among the empty streams;
     * {@code moved} says whether an empty stream gets that key even if it has one.
     */
    private void count(Stream stream, long emptyKey, boolean moved) {
        Slot slot = stream.slot();
        int sizeClass = sizeClass(stream);
        bytes.addAndGet(stream.bytes() - slot.bytes);
        emptyBytes.addAndGet((sizeClass == EMPTY ? stream.bytes() : 0) - (slot.sizeClass == EMPTY ? slot.bytes : 0));
        slot.bytes = stream.bytes();
        if (sizeClass == slot.sizeClass && !(moved && sizeClass == EMPTY)) {
            return;
        }
        if (slot.sizeClass != NONE) {
            classes.get(slot.sizeClass).remove(slot.key);
        }
        slot.sizeClass = sizeClass;
        slot.key = sizeClass == EMPTY ? emptyKey : slot.birth;
        if (sizeClass != NONE) {
            classes.get(sizeClass).put(slot.key, stream);
        }
    }

    private static int sizeClass(Stream stream) {
        if (stream.isForgotten()) {
            return NONE;
        }
        return stream.isEmpty() ? EMPTY : 1 + Long.SIZE - Long.numberOfLeadingZeros(stream.bytes() / SMALL);
    }

    /** Returns the size of the smallest stream of the class, in bytes. */
    private static long smallest(int sizeClass) {
        return sizeClass <= 1 ? 0 : SMALL << sizeClass - 2;
    }

    /**
     * Returns the stream that loses publications next; null if there are no streams. Until the
     * caller locks that stream, another one can become the next.
     */
    @Nullable
    Stream next() {
        Map.Entry<Long, Stream> next =
                emptyBytes.get() > share() ? classes.get(EMPTY).firstEntry() : null;
        for (int sizeClass = CLASSES - 1; next == null && sizeClass > EMPTY; sizeClass--) {
            next = classes.get(sizeClass).lastEntry();
        }
        if (next == null) {
            next = classes.get(EMPTY).firstEntry();
        }
        return next == null ? null : next.getValue();
    }
}
