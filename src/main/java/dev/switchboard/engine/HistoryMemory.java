package dev.switchboard.engine;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Holdings counts the memory of all streams and says which stream must lose publications next.
 *
 * <p>The stream of the highest size class is next; within a class the youngest stream is. A flood of
 * new channels therefore takes nothing from the channels before it. Streams without publications
 * have a share of their own; beyond it the stream that was unused for longest is next.
 *
 * <p>Any thread. No method looks at all streams.
 */
final class HistoryMemory {

    /** The size in bytes below which all streams are of one class. */
    static final long SMALL = 4096;

    /** The part of the bound that is left when the bound has been met. */
    private static final double KEPT = 0.9;

    /** The bound is this many times what one channel, or all empty streams together, may hold. */
    private static final int PARTS = 4;

    private static final int NONE = -1;
    private static final int EMPTY = 0;
    private static final int CLASSES = Long.SIZE;

    /** The place of one stream among the others; guarded by the lock of that stream. */
    static final class Slot {
        private final long age;
        private int sizeClass = NONE;
        private long key;
        private long bytes;

        private Slot(long age) {
            this.age = age;
        }
    }

    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong emptyBytes = new AtomicLong();
    private final AtomicLong sequence = new AtomicLong();

    /** The streams of each class: the empty streams, then those below 4 KiB, 8 KiB, and so on. */
    private final List<ConcurrentNavigableMap<Long, Stream>> classes;

    HistoryMemory(long maxBytes) {
        this.maxBytes = maxBytes;
        this.classes = IntStream.range(0, CLASSES)
                .<ConcurrentNavigableMap<Long, Stream>>mapToObj(each -> new ConcurrentSkipListMap<>())
                .toList();
    }

    /** Returns what one channel may hold, in bytes. */
    long share() {
        return maxBytes / PARTS;
    }

    boolean areTooMuch() {
        return bytes.get() > maxBytes;
    }

    boolean areRelieved() {
        return bytes.get() <= maxBytes * KEPT;
    }

    /** Returns the slot of a new stream. */
    Slot slot() {
        return new Slot(sequence.incrementAndGet());
    }

    /** Counts a stream that was used; called under the lock of the stream. */
    void used(Stream stream) {
        place(stream, sequence.incrementAndGet(), true);
    }

    /** Counts a stream that lost publications or was forgotten; called under its lock. */
    void shrunk(Stream stream) {
        place(stream, sequence.incrementAndGet(), false);
    }

    /**
     * Removes the oldest publications of the stream until it is of a lower class; called under its
     * lock. A stream that is empty then is forgotten before all other empty streams.
     */
    void take(Stream stream) {
        stream.trim(smallest(stream.slot().sizeClass));
        place(stream, Long.MIN_VALUE + sequence.incrementAndGet(), true);
    }

    private void place(Stream stream, long emptyKey, boolean moved) {
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
        slot.key = sizeClass == EMPTY ? emptyKey : slot.age;
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

    /** Returns the stream that is next, null if there is none; it may change until it is locked. */
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
