package dev.switchboard.limits;

import java.util.concurrent.TimeUnit;

/**
 * So many a second, and more of them at once after a pause.
 *
 * <p>Used by one thread at a time.
 */
public final class RateLimit {

    /** A client that is refused for so long, without a pause of a second, does not mean to stop. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);

    private final int perSecond;
    private final int burst;
    private double tokens;
    private long filledAt;
    private long refusedSince;
    private long refusedAt;
    private boolean refused;

    /** With room for twice as many after a pause. */
    public RateLimit(int perSecond, long now) {
        this(perSecond, (int) Math.min(2L * perSecond, Integer.MAX_VALUE), now);
    }

    /** With room for {@code burst} after a pause; {@code now} is in nanoseconds, as everywhere here. */
    public RateLimit(int perSecond, int burst, long now) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.tokens = burst;
        this.filledAt = now;
    }

    /** Counts one more, if there is room for it. */
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

    /** It goes on and on. */
    public boolean isIgnored() {
        return refused && refusedAt - refusedSince > PATIENCE;
    }
}
