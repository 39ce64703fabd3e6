package dev.switchboard.limits;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts calls by name and outcome, and measures their times by name. Names and outcomes are few
 * and come from the relay, never from a client, because none is ever removed. Any thread.
 */
public final class Calls {

    /** The outcome of a call that succeeded. */
    public static final String OK = "ok";

    /** Counts the calls of one name. */
    public static final class Call {

        // Not an outcome as the others are, because most calls succeed and this needs no look-up.
        private final LongAdder succeeded = new LongAdder();
        private final LabelledCounter failures = new LabelledCounter();
        private final Histogram times = new Histogram();

        private Call() {}

        /** Counts a call that succeeded after that time in nanoseconds. */
        public void succeeded(long nanos) {
            succeeded.increment();
            times.observe(nanos);
        }

        /** Counts a call that ended with another outcome after that time in nanoseconds. */
        public void failed(String outcome, long nanos) {
            failures.count(outcome);
            times.observe(nanos);
        }

        /** Returns a copy of the counts by outcome. */
        public Map<String, Long> outcomes() {
            Map<String, Long> outcomes = failures.counts();
            outcomes.put(OK, succeeded.sum());
            return outcomes;
        }

        /** Returns the times of all calls. */
        public Histogram times() {
            return times;
        }
    }

    private final Map<String, Call> byName = new ConcurrentHashMap<>();

    /** Returns what counts the calls of that name. */
    public Call of(String name) {
        Call known = byName.get(name);
        return known == null ? byName.computeIfAbsent(name, unused -> new Call()) : known;
    }

    /** Returns a copy that has the calls of each name, in the order of the names. */
    public Map<String, Call> byName() {
        return new TreeMap<>(byName);
    }
}
