package dev.switchboard.failure;

import java.util.List;

/**
 * The outcome of one test for one row of the catalogue; {@code container} is the place where the
 * relay ran.
 */
record Proof(String container, String row, String test, Outcome outcome, String seen) {

    enum Outcome {
        PROVEN,
        FAILED
    }

    Proof {
        seen = seen.replaceAll("\\p{Cntrl}+", " ");
    }

    static Proof parse(String container, String line) {
        List<String> cells = List.of(line.split("\t", -1));
        return new Proof(container, cells.get(0), cells.get(1), Outcome.valueOf(cells.get(2)), cells.get(3));
    }

    String line() {
        return String.join("\t", row, test, outcome.name(), seen);
    }
}
