package dev.switchboard.limits;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * A clock that stands still while the process does: what a stopped process did not read or write is no fault of its clients.
 *
 * <p>In nanoseconds, from any thread. Something must call {@link #beat} about once a second, before it judges by this clock, and {@link #rest} after.
 */
public final class PauseAwareClock implements LongSupplier {

    /** A beat that comes this much later was kept by more than a busy machine. */
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(3);

    private final LongSupplier nanoTime;
    private final LongAdder pauses;
    private volatile long lost;
    private long last;

    /** {@code nanoTime} is monotonic, as {@link System#nanoTime}. */
    public PauseAwareClock(LongSupplier nanoTime, LongAdder pauses) {
        this.nanoTime = nanoTime;
        this.pauses = pauses;
        this.last = nanoTime.getAsLong();
    }

    @Override
    public long getAsLong() {
        return nanoTime.getAsLong() - lost;
    }

    /** What came after the beat is done, however long it took: that was no pause. For the same thread. */
    public void rest() {
        last = nanoTime.getAsLong();
    }

    /** Notices a pause, if there was one since the last beat. For one thread. */
    public void beat() {
        long now = nanoTime.getAsLong();
        long silence = now - last;
        last = now;
        if (silence > PAUSE) {
            lost += silence;
            pauses.increment();
        }
    }
}
