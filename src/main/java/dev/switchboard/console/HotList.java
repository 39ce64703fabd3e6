package dev.switchboard.console;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Finds the keys with the largest counts of about the last ten seconds, in fixed memory. Any
 * thread, also under a lock; memory only.
 *
 * <p>The time is cut into panes, and each thread counts in one of a few stripes. So threads seldom
 * wait for one another, and then for less than a microsecond.
 */
final class HotList {

    /** A key and its count in the window. */
    record Hot(String key, long count) {}

    /** The longest time that a list looks back, in seconds. */
    static final int SECONDS = 10;

    private static final int PANES = 5;
    private static final long PANE = TimeUnit.SECONDS.toNanos(SECONDS) / PANES;

    /** Keys of one pane in one stripe. */
    private static final int KEYS = 256;

    private static final int MAX_STRIPES = 8;

    private final LongSupplier nanoTime;
    private final long since;
    private final Stripe[] stripes;

    /** {@code nanoTime} is monotonic, as {@link System#nanoTime}. */
    HotList(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
        int processors = Runtime.getRuntime().availableProcessors();
        this.stripes = new Stripe[Math.min(MAX_STRIPES, Integer.highestOneBit(2 * processors - 1))];
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new Stripe();
        }
    }

    /** Adds the weight, which is above zero, to the count of the key. */
    void add(String key, long weight) {
        int stripe = (int) Thread.currentThread().getId() & stripes.length - 1;
        stripes[stripe].add(key, weight, pane());
    }

    /** Returns the number of the current pane, which is not negative. */
    private long pane() {
        return (nanoTime.getAsLong() - since) / PANE;
    }

    /** Returns the keys with the largest counts, the largest first. */
    List<Hot> top(int limit) {
        long oldest = oldest();
        Map<String, Long> sums = new HashMap<>();
        for (Stripe stripe : stripes) {
            stripe.addTo(sums, oldest);
        }
        return sums.entrySet().stream()
                .map(sum -> new Hot(sum.getKey(), sum.getValue()))
                .sorted(Comparator.comparingLong(Hot::count).reversed().thenComparing(Hot::key))
                .limit(limit)
                .toList();
    }

    private long oldest() {
        return Math.max(0, pane() - PANES + 1);
    }

    /** Returns the time in seconds that the counts are of; above zero. */
    double seconds() {
        long nanos = nanoTime.getAsLong() - since - oldest() * PANE;
        return Math.max(nanos, TimeUnit.MILLISECONDS.toNanos(100)) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private static final class Stripe {

        // guarded by this
        private final FrequentItems[] panes = new FrequentItems[PANES];
        private final long[] numbers = new long[PANES];

        Stripe() {
            for (int i = 0; i < PANES; i++) {
                panes[i] = new FrequentItems(KEYS);
            }
        }

        synchronized void add(String key, long weight, long number) {
            int slot = (int) (number % PANES);
            if (numbers[slot] < number) {
                panes[slot].clear();
                numbers[slot] = number;
            }
            panes[slot].add(key, weight);
        }

        synchronized void addTo(Map<String, Long> sums, long oldest) {
            for (int i = 0; i < PANES; i++) {
                if (numbers[i] >= oldest) {
                    panes[i].addTo(sums);
                }
            }
        }
    }
}
