package dev.switchboard.limits;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts events by label. Labels are few and come from the relay, never from a client, because no
 * label is ever removed. Any thread.
 */
public final class LabelledCounter {

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    /** Adds one to the count of the label. */
    public void count(String label) {
        LongAdder known = counts.get(label); // computeIfAbsent alone may lock
        (known == null ? counts.computeIfAbsent(label, unused -> new LongAdder()) : known).increment();
    }

    /** Returns a copy of the counts, in the order of the labels. */
    public Map<String, Long> counts() {
        Map<String, Long> read = new TreeMap<>();
        counts.forEach((label, count) -> read.put(label, count.sum()));
        return read;
    }
}
