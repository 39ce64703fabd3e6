package dev.switchboard.access;

import dev.switchboard.limits.RateLimit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** How often an address brings a wrong key: one in a second, and a few more after a pause. Any thread. */
public final class FailedKeyLimiter {

    private static final int PER_SECOND = 1;
    private static final int BURST = 20;

    /** Beyond so many addresses the one that came first is forgotten. */
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

    /** One more is wrong; true if that was too often. */
    public synchronized boolean isTooMany(String address) {
        long now = nanoTime.getAsLong();
        return !limits.computeIfAbsent(address, first -> new RateLimit(PER_SECOND, BURST, now))
                .take(now);
    }
}
