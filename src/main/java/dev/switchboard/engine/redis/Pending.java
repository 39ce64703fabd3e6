package dev.switchboard.engine.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds the requests of one connection in their order: those that wait for the writer, and those
 * under way. The lock of the {@link Session} guards it.
 */
final class Pending {

    /** Maximum number of requests that are under way or waiting. */
    static final int MAX_REQUESTS = 10_000;

    /** Maximum of their sizes together. A single request may be larger. */
    static final long MAX_BYTES = 32L << 20;

    private final Deque<Request> waiting = new ArrayDeque<>();
    private final Deque<Request> underWay = new ArrayDeque<>();
    private long bytes; // of both

    /** Returns whether there is room for one more request of that size. */
    boolean hasRoom(int size) {
        return waiting.size() + underWay.size() < MAX_REQUESTS && (bytes == 0 || bytes + size <= MAX_BYTES);
    }

    /** Lets the request wait behind all others. */
    void add(Request request) {
        waiting.addLast(request);
        bytes += request.size();
    }

    /** Lets the request wait before all others. */
    void addFirst(Request request) {
        waiting.addFirst(request);
        bytes += request.size();
    }

    /** Returns all requests that wait, and forgets them. */
    List<Request> takeWaiting() {
        return take(waiting);
    }

    /** Returns all requests that are under way, and forgets them. */
    List<Request> takeUnderWay() {
        return take(underWay);
    }

    private List<Request> take(Deque<Request> from) {
        List<Request> taken = new ArrayList<>(from);
        from.clear();
        taken.forEach(request -> bytes -= request.size());
        return taken;
    }

    /** Notes that the request goes out now. */
    void send(Request request) {
        underWay.addLast(request);
        bytes += request.size();
    }

    /** Returns the oldest request under way; null if there is none. */
    @Nullable
    Request oldest() {
        return underWay.peekFirst();
    }

    /** Returns and forgets the oldest request under way; null if there is none. */
    @Nullable
    Request poll() {
        Request oldest = underWay.pollFirst();
        if (oldest != null) {
            bytes -= oldest.size();
        }
        return oldest;
    }

    boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    boolean hasUnderWay() {
        return !underWay.isEmpty();
    }
}
