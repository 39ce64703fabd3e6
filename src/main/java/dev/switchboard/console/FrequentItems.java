package dev.switchboard.console;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts the most frequent keys of a stream in fixed memory (Misra and Gries, "Finding repeated
 * elements", 1982).
 *
 * <p>A count is never too high. It is too low by at most two of {@code capacity} parts of all that
 * was counted. For one thread.
 */
final class FrequentItems {

    private static final class Count {
        long value;
    }

    private final int capacity;
    private final Map<String, Count> counts = new HashMap<>();

    /** Keeps up to {@code capacity} keys. */
    FrequentItems(int capacity) {
        this.capacity = capacity;
    }

    /** Adds the weight, which is above zero, to the count of the key. */
    void add(String key, long weight) {
        Count count = counts.get(key);
        if (count == null) {
            if (counts.size() == capacity) {
                purge();
            }
            count = new Count();
            counts.put(key, count);
        }
        count.value += weight;
    }

    /** Takes the median of all counts from each of them, and so removes at least half of the keys. */
    private void purge() {
        long[] sorted = counts.values().stream()
                .mapToLong(count -> count.value)
                .sorted()
                .toArray();
        long median = sorted[sorted.length / 2];
        counts.values().removeIf(count -> (count.value -= median) <= 0);
    }

    /** Adds the counts to those of {@code sums}. */
    void addTo(Map<String, Long> sums) {
        counts.forEach((key, count) -> sums.merge(key, count.value, Long::sum));
    }

    int size() {
        return counts.size();
    }

    void clear() {
        counts.clear();
    }
}
