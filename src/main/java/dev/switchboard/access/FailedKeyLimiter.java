package dev.switchboard.access;

import dev.switchboard.limits.RateLimit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Limits wrong keys from one address to one in a second, and some more after a pause. Any thread.
 */
public final class FailedKeyLimiter {

    private static final int PER_SECOND = 1;
    private static final int BURST = 20;

    /** Maximum number of addresses; beyond it the limiter forgets the oldest. */
    private static final int MAX_ADDRESSES = 10_000;

    private final LongSupplier nanoTime;
    private final Map<String, RateLimit> limits = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, RateLimit> eldest) {
            return size() > MAX_ADDRESSES;
        }
    };

    /** {@code nanoTime} is monotonic, as {@link System#nanoTime}. */
    public FailedKeyLimiter(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Counts a wrong key from the address; returns true if the address has sent too many. */
    public synchronized boolean countFailure(String address) {
        long now = nanoTime.getAsLong();
        return !limits.computeIfAbsent(address, first -> new RateLimit(PER_SECOND, BURST, now))
                .take(now);
    }
}
