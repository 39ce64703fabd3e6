package dev.switchboard.hub;

import dev.switchboard.model.Frame;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * FrameQueue keeps the frames of one outbox in their order. The first entry always has a frame.
 *
 * <p>A frame that is dropped leaves its entry behind, until the entry comes first or too many are
 * empty. The links are in the entries, and the last one points to the first: so G1 handles one
 * reference from an old object to a new one for each frame, not two.
 */
final class FrameQueue {

    /** A place in the queue. */
    static final class Entry {

        /** When the frame came, in nanoseconds of the node's uptime. */
        final long since;

        /**
         * The lane of the frame's subscription; null for a frame of a client that is slow if it
         * waits.
         */
        final @Nullable Lane lane;

        /** Null after the frame was dropped. */
        @Nullable
        Frame frame;

        private @Nullable Entry next;

        Entry(Frame frame, long since, @Nullable Lane lane) {
            this.frame = frame;
            this.since = since;
            this.lane = lane;
        }
    }

    private @Nullable Entry last;
    private int size;

    /** The number of entries without a frame. */
    private int empty;

    boolean isEmpty() {
        return last == null;
    }

    /** Returns the number of frames. */
    int frames() {
        return size - empty;
    }

    @Nullable
    Entry first() {
        return last == null ? null : last.next;
    }

    /** Returns the last entry; there is one. */
    Entry last() {
        return Objects.requireNonNull(last);
    }

    /** Returns the entry after that one, or null after the last. */
    @Nullable
    Entry after(Entry entry) {
        return entry == last ? null : entry.next;
    }

    void add(Entry entry) {
        link(entry);
        last = entry;
    }

    void addFirst(Entry entry) {
        link(entry);
        if (last == null) {
            last = entry;
        }
    }

    /** Puts the entry between the last and the first. */
    private void link(Entry entry) {
        if (last == null) {
            entry.next = entry;
        } else {
            entry.next = last.next;
            last.next = entry;
        }
        size++;
    }

    /** Removes the first entry; there is one. */
    Entry remove() {
        Entry first = unlink();
        removeEmptyFirst();
        return first;
    }

    private Entry unlink() {
        Entry end = Objects.requireNonNull(last);
        Entry first = Objects.requireNonNull(end.next);
        if (first == end) {
            last = null;
        } else {
            end.next = first.next;
        }
        first.next = null; // else an entry that is gone would keep the others in memory
        size--;
        return first;
    }

    /** Drops the frame of an entry of this queue, and returns the frame. */
    Frame drop(Entry entry) {
        Frame dropped = Objects.requireNonNull(entry.frame);
        entry.frame = null;
        empty++;
        if (empty > size / 2) { // rare enough to cost nothing for each drop
            removeEmpty();
        }
        removeEmptyFirst();
        return dropped;
    }

    private void removeEmpty() {
        for (int i = size; i > 0; i--) {
            Entry entry = unlink();
            if (entry.frame != null) {
                add(entry);
            }
        }
        empty = 0;
    }

    private void removeEmptyFirst() {
        for (Entry first = first(); first != null && first.frame == null; first = first()) {
            unlink();
            empty--;
        }
    }

    /** Returns the oldest entry without a lane, or null. */
    @Nullable
    Entry oldestWithoutLane() {
        for (Entry entry = first(); entry != null; entry = after(entry)) {
            if (entry.lane == null) {
                return entry;
            }
        }
        return null;
    }

    void clear() {
        last = null;
        size = 0;
        empty = 0;
    }
}
