package dev.switchboard.limits;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Measures time in nanoseconds, without the pauses in which the whole process stands still. A
 * client is not late because the relay could neither read nor write.
 *
 * <p>One thread, the watchdog, calls {@link #beat} about once a second, before it compares times of
 * this clock. It calls {@link #rest} when that work is done. Any thread may read the clock.
 */
public final class PauseAwareClock implements LongSupplier {

    /** A busy machine delays a beat by less than this, in nanoseconds. */
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(3);

    private final LongSupplier nanoTime;
    private final LongAdder pauses;
    private volatile long paused; // nanoseconds of all pauses
    private long last; // when the last beat or its work ended; for the watchdog alone

    /**
     * {@code nanoTime} is monotonic, like {@link System#nanoTime}. {@code pauses} counts the
     * pauses.
     */
    public PauseAwareClock(LongSupplier nanoTime, LongAdder pauses) {
        this.nanoTime = nanoTime;
        this.pauses = pauses;
        this.last = nanoTime.getAsLong();
    }

    @Override
    public long getAsLong() {
        return nanoTime.getAsLong() - paused;
    }

    /**
     * Ends the work that followed the beat. However long the work took, it was not a pause. Only
     * the thread that calls {@link #beat} calls this.
     */
    public void rest() {
        last = nanoTime.getAsLong();
    }

    /**
     * Takes the time since the last call out of the clock if it was a pause. Only one thread calls
     * this.
     */
    public void beat() {
        long now = nanoTime.getAsLong();
        long silence = now - last;
        last = now;
        if (silence > PAUSE) {
            paused += silence;
            pauses.increment();
        }
    }
}
