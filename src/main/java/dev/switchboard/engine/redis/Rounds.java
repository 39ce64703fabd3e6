package dev.switchboard.engine.redis;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Goes through a set of things again and again, a few at each tick, so that each has its turn once
 * in a round. Any thread.
 */
final class Rounds<T> {

    /** In how many ticks all that is urgent has its turn, unless it is too much. */
    private static final int HURRY = 15;

    /** Maximum number of urgent things in a tick; a link takes 10,000 requests at a time. */
    private static final int MAX_URGENT = 2_500;

    private final List<Set<T>> parts = new ArrayList<>();
    private int next; // for the thread that ticks

    // Guarded by itself.
    private final Set<T> urgent = new LinkedHashSet<>();
    private int quota;

    /** {@code ticks} is the length of a round. */
    Rounds(int ticks) {
        for (int i = 0; i < ticks; i++) {
            parts.add(ConcurrentHashMap.newKeySet());
        }
    }

    private Set<T> part(T thing) {
        int hash = thing.hashCode() * 0x9E3779B9;
        return parts.get(Math.floorMod(hash >>> 8, parts.size()));
    }

    void add(T thing) {
        part(thing).add(thing);
    }

    void remove(T thing) {
        part(thing).remove(thing);
        synchronized (urgent) {
            urgent.remove(thing);
        }
    }

    /** Gives the thing a turn soon, beside its turn in the round. */
    void hurry(T thing) {
        synchronized (urgent) {
            urgent.add(thing);
            quota = Math.min(MAX_URGENT, Math.max(quota, (urgent.size() + HURRY - 1) / HURRY));
        }
    }

    /** Returns the things whose turn it is. One call at a time. */
    List<T> tick() {
        List<T> due = new ArrayList<>(parts.get(next));
        next = (next + 1) % parts.size();
        synchronized (urgent) {
            Iterator<T> first = urgent.iterator();
            for (int i = 0; i < quota && first.hasNext(); i++) {
                due.add(first.next());
                first.remove();
            }
            if (urgent.isEmpty()) {
                quota = 0;
            }
        }
        return due;
    }
}
