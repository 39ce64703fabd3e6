package dev.switchboard.hub;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that all clients of this node share for what waits, in either direction. Any thread, also under a lock. */
final class Budget {

    private final long limit;
    private final AtomicLong used = new AtomicLong();

    Budget(long limit) {
        this.limit = limit;
    }

    void take(long bytes) {
        used.addAndGet(bytes);
    }

    long used() {
        return used.get();
    }

    boolean isExceeded() {
        return used.get() > limit;
    }

    /** There is room again, and not just for a moment. */
    boolean isRelieved() {
        return used.get() <= limit - limit / 8;
    }
}
