package dev.switchboard.limits;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts how often something happened, by a label; labels are words of ours and few, never text of a client. Any thread. */
public final class LabelledCounter {

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    public void count(String label) {
        counts.computeIfAbsent(label, unused -> new LongAdder()).increment();
    }

    /** As it stands, in the order of the labels. */
    public Map<String, Long> counts() {
        Map<String, Long> read = new TreeMap<>();
        counts.forEach((label, count) -> read.put(label, count.sum()));
        return read;
    }
}
