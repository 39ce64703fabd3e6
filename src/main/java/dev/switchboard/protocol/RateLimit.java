package dev.switchboard.protocol;

import java.util.concurrent.TimeUnit;

/**
 * So many a second, and twice as many at once after a pause.
 *
 * <p>Used by one thread at a time.
 */
final class RateLimit {

    private static final int BURST_SECONDS = 2;

    /** Who is refused for so long, with no pause of a second, does not mean to stop. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);

    private final int perSecond;
    private double tokens;
    private long filledAt;
    private long refusedSince;
    private long refusedAt;
    private boolean refused;

    RateLimit(int perSecond, long now) {
        this.perSecond = perSecond;
        this.tokens = (double) perSecond * BURST_SECONDS;
        this.filledAt = now;
    }

    /** Counts one more, if there is room for it. {@code now} is in nanoseconds, as everywhere here. */
    boolean take(long now) {
        tokens = Math.min(
                (double) perSecond * BURST_SECONDS,
                tokens + (double) (now - filledAt) * perSecond / TimeUnit.SECONDS.toNanos(1));
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
    boolean isIgnored() {
        return refused && refusedAt - refusedSince > PATIENCE;
    }
}
