package dev.switchboard.hub;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** How often each of a few things has happened; for any thread. Labels are words of ours, never text of a client. */
public final class Tally {

    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    public void count(String label) {
        counts.computeIfAbsent(label, first -> new LongAdder()).increment();
    }

    /** A copy, in the order of the labels, of what has been counted until about now. */
    public Map<String, Long> counts() {
        Map<String, Long> copy = new TreeMap<>();
        counts.forEach((label, count) -> copy.put(label, count.sum()));
        return copy;
    }
}
