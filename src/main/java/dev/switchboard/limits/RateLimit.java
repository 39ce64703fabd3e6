package dev.switchboard.limits;

import java.util.concurrent.TimeUnit;

/**
 * Limits how often something happens in a second, and allows more at once after a pause (token
 * bucket).
 *
 * <p>All times are in nanoseconds of one monotonic clock. One thread at a time.
 */
public final class RateLimit {

    /**
     * After refusals for so long without a {@link #PAUSE}, a client ignores them. In nanoseconds.
     */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    /** The shortest time without a refusal that counts as a pause, in nanoseconds. */
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);

    private final int perSecond;
    private final int burst;
    private double tokens;
    private long filledAt;
    private long refusedSince;
    private long refusedAt;
    private boolean refused;

    /** Creates a limit that allows two seconds' worth at once after a pause. */
    public RateLimit(int perSecond, long now) {
        this(perSecond, (int) Math.min(2L * perSecond, Integer.MAX_VALUE), now);
    }

    /** Creates a limit that allows {@code burst} at once after a pause. */
    public RateLimit(int perSecond, int burst, long now) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.tokens = burst;
        this.filledAt = now;
    }

    /** Counts one more and returns true, or returns false if the limit does not allow it. */
    public boolean take(long now) {
        tokens = Math.min(burst, tokens + (double) (now - filledAt) * perSecond / TimeUnit.SECONDS.toNanos(1));
        filledAt = now;
        if (tokens >= 1) {
            tokens--;
            return true;
        }
        if (!refused || now - refusedAt > PAUSE) {
            refusedSince = now;
        }
        refused = true;
        refusedAt = now;
        return false;
    }

    /**
     * Returns whether the caller ignores the refusals: there were refusals for more than 10 s,
     * without a pause of a second.
     */
    public boolean isIgnored() {
        return refused && refusedAt - refusedSince > PATIENCE;
    }
}
