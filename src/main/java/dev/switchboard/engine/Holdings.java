package dev.switchboard.engine;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What all streams hold together, and which stream gives first when that is too much.
 *
 * <p>The largest gives first. Of streams of about one size the youngest gives, so that no flood of new channels reaches those before it.
 * Streams without publications give only beyond a share of their own, the longest unused first. No step looks at all streams.
 */
final class Holdings {

    /** Streams of fewer bytes are all of one size. */
    static final long SMALL = 4096;

    /** After the bound was met, so much of it is left, so that it is not met again by the next publication. */
    private static final double KEPT = 0.9;

    /** One channel may hold one part in this many of the bound, and all streams without publications another. */
    private static final int PARTS = 4;

    private static final int NOWHERE = -1;
    private static final int EMPTY = 0;
    private static final int SHELVES = Long.SIZE;

    /** Where a stream stands; guarded by the lock of the stream. */
    static final class Slot {
        private final long age;
        private int shelf = NOWHERE;
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

    /** The first shelf has streams without publications; each of the others has streams of up to twice the size of the one before it. */
    private final List<ConcurrentNavigableMap<Long, Stream>> shelves;

    Holdings(long maxBytes) {
        this.maxBytes = maxBytes;
        this.shelves = IntStream.range(0, SHELVES)
                .<ConcurrentNavigableMap<Long, Stream>>mapToObj(shelf -> new ConcurrentSkipListMap<>())
                .toList();
    }

    /** What one channel may hold. */
    long share() {
        return maxBytes / PARTS;
    }

    boolean areTooMuch() {
        return bytes.get() > maxBytes;
    }

    boolean areRelieved() {
        return bytes.get() <= maxBytes * KEPT;
    }

    /** For a new stream. */
    Slot slot() {
        return new Slot(sequence.incrementAndGet());
    }

    /** The stream was used, and may have grown or shrunk. Called under its lock. */
    void used(Stream stream) {
        place(stream, sequence.incrementAndGet(), true);
    }

    /** Time took something from the stream, or it was forgotten. Called under its lock. */
    void shrunk(Stream stream) {
        place(stream, sequence.incrementAndGet(), false);
    }

    /** Takes the oldest publications of the stream until it is of a smaller size. Called under its lock. */
    void take(Stream stream) {
        stream.trim(smallest(stream.slot().shelf));
        long before = Long.MIN_VALUE; // all others without publications: if it has none left, it is forgotten first
        place(stream, before + sequence.incrementAndGet(), true);
    }

    private void place(Stream stream, long emptyKey, boolean again) {
        Slot slot = stream.slot();
        int shelf = shelf(stream);
        bytes.addAndGet(stream.bytes() - slot.bytes);
        emptyBytes.addAndGet((shelf == EMPTY ? stream.bytes() : 0) - (slot.shelf == EMPTY ? slot.bytes : 0));
        slot.bytes = stream.bytes();
        if (shelf == slot.shelf && !(again && shelf == EMPTY)) {
            return;
        }
        if (slot.shelf != NOWHERE) {
            shelves.get(slot.shelf).remove(slot.key);
        }
        slot.shelf = shelf;
        slot.key = shelf == EMPTY ? emptyKey : slot.age;
        if (shelf != NOWHERE) {
            shelves.get(shelf).put(slot.key, stream);
        }
    }

    private static int shelf(Stream stream) {
        if (stream.isForgotten()) {
            return NOWHERE;
        }
        return stream.isEmpty() ? EMPTY : 1 + Long.SIZE - Long.numberOfLeadingZeros(stream.bytes() / SMALL);
    }

    /** Of a stream on the shelf. */
    private static long smallest(int shelf) {
        return shelf <= 1 ? 0 : SMALL << shelf - 2;
    }

    /** The stream that gives next, null if there is none; called without a lock, so that it may have changed meanwhile. */
    @Nullable
    Stream next() {
        Map.Entry<Long, Stream> next =
                emptyBytes.get() > share() ? shelves.get(EMPTY).firstEntry() : null;
        for (int shelf = SHELVES - 1; next == null && shelf > EMPTY; shelf--) {
            next = shelves.get(shelf).lastEntry();
        }
        if (next == null) {
            next = shelves.get(EMPTY).firstEntry();
        }
        return next == null ? null : next.getValue();
    }
}
