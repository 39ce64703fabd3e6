package dev.switchboard.limits;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the memory of all frames and commands that wait on this node, against one limit. Any
 * thread, also under a lock.
 */
public final class Budget {

    private final long limit;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong highest = new AtomicLong();

    /** {@code limit} is in bytes. */
    Budget(long limit) {
        this.limit = limit;
    }

    /** Adds bytes to the count; a negative number gives bytes back. Never refuses. */
    public void take(long bytes) {
        long now = used.addAndGet(bytes);
        if (now > highest.get()) { // seldom, so that most calls write one field
            highest.accumulateAndGet(now, Math::max);
        }
    }

    /** Returns the bytes that are taken. */
    public long used() {
        return used.get();
    }

    /** Returns the largest number of bytes that were ever taken at a time. */
    public long highest() {
        return highest.get();
    }

    /** Returns whether more than the limit is taken. */
    public boolean isExceeded() {
        return used.get() > limit;
    }

    /** Returns whether at least an eighth of the limit is free. */
    public boolean isRelieved() {
        return used.get() <= limit - limit / 8;
    }
}
