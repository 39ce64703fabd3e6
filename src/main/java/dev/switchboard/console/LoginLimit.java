package dev.switchboard.console;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** Limits wrong passwords to five from an address in a minute. Any thread. */
final class LoginLimit {

    private static final int TRIES = 5;
    private static final long WINDOW = Duration.ofMinutes(1).toNanos();

    /** Maximum number of addresses; beyond it the limit forgets the oldest. */
    private static final int MAX_ADDRESSES = 10_000;

    private final LongSupplier nanoTime;

    /** The times of the tries of each address, oldest first; guarded by this. */
    private final Map<String, Deque<Long>> tries = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Deque<Long>> eldest) {
            return size() > MAX_ADDRESSES;
        }
    };

    LoginLimit(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Counts a try before its password is checked, so that tries at the same time count. Returns 0,
     * or the seconds until the next try if this is one too many.
     */
    synchronized int take(String address) {
        long now = nanoTime.getAsLong();
        Deque<Long> times = tries.computeIfAbsent(address, first -> new ArrayDeque<>(TRIES));
        while (!times.isEmpty() && now - times.getFirst() >= WINDOW) {
            times.removeFirst();
        }
        if (times.size() < TRIES) {
            times.addLast(now);
            return 0;
        }
        long left = WINDOW - (now - times.getFirst());
        return (int) Math.max(1, Duration.ofNanos(left).toSeconds() + 1);
    }

    /** Forgets the tries of an address whose password was right. */
    synchronized void forget(String address) {
        tries.remove(address);
    }
}
