package dev.switchboard.history;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** One invariant that a log breaks, with the events that show it. */
public record Violation(Invariant invariant, String what, List<Entry> events) {

    private static final int SHOWN = 3;

    @Override
    public String toString() {
        return invariant + ": " + what
                + events.stream()
                        .map(event -> "\n    " + abridged(event.toString()))
                        .collect(Collectors.joining());
    }

    public static Set<Invariant> invariants(List<Violation> violations) {
        return violations.stream().map(Violation::invariant).collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * Returns a text for people: each broken invariant with its first violations; empty if there
     * are none.
     */
    public static String report(List<Violation> violations) {
        Map<Invariant, List<Violation>> sorted = violations.stream()
                .collect(Collectors.groupingBy(Violation::invariant, TreeMap::new, Collectors.toList()));
        return sorted.values().stream()
                .map(all -> all.size() + " x "
                        + all.stream().limit(SHOWN).map(Violation::toString).collect(Collectors.joining("\n")))
                .collect(Collectors.joining("\n"));
    }

    private static String abridged(String line) {
        return line.length() <= 300 ? line : line.substring(0, 300) + "…";
    }
}
