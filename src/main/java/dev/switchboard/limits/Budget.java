package dev.switchboard.limits;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that all clients of this node share for what waits, in either direction. Any thread, also under a lock. */
public final class Budget {

    private final long limit;
    private final AtomicLong used = new AtomicLong();

    Budget(long limit) {
        this.limit = limit;
    }

    public void take(long bytes) {
        used.addAndGet(bytes);
    }

    public long used() {
        return used.get();
    }

    public boolean isExceeded() {
        return used.get() > limit;
    }

    /** There is room again, and not just for a moment. */
    public boolean isRelieved() {
        return used.get() <= limit - limit / 8;
    }
}
