package dev.switchboard.failure;

import dev.switchboard.failure.Proof.Outcome;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One row of the failure catalogue.
 *
 * @param decision number of the decision record that explains the row, or empty
 */
record Fault(String row, String fault, String expected, Where where, String decision) {

    /** The places in which a row needs a proof. */
    enum Where {
        /** Each of the three containers. */
        CONTAINERS,
        /** Any place, also without a network. */
        ANYWHERE,
        /** No place; a decision record gives the reason. */
        DECIDED
    }

    static final Set<String> CONTAINERS = Set.of("tomcat", "wildfly", "payara");

    Fault {
        if (where == Where.DECIDED && decision.isEmpty()) {
            throw new IllegalArgumentException(row + " names no decision");
        }
    }

    static Fault parse(String line) {
        List<String> cells = List.of(line.split("\t", -1));
        return new Fault(
                cells.get(0),
                cells.get(1),
                cells.get(2),
                Where.valueOf(cells.get(3).toUpperCase(Locale.ROOT)),
                cells.get(4));
    }

    /** Returns what is missing or wrong; empty if nothing is. */
    String gap(List<Proof> proofs) {
        List<String> failed = proofs.stream()
                .filter(proof -> proof.outcome() == Outcome.FAILED)
                .map(proof -> proof.container() + " " + proof.test())
                .toList();
        if (!failed.isEmpty()) {
            return "failed: " + String.join(", ", failed);
        }
        List<String> proven = proofs.stream().map(Proof::container).toList();
        return switch (where) {
            case CONTAINERS -> {
                List<String> missing = CONTAINERS.stream()
                        .filter(container -> !proven.contains(container))
                        .sorted()
                        .toList();
                yield missing.isEmpty() ? "" : "not proven: " + String.join(", ", missing);
            }
            case ANYWHERE -> proven.isEmpty() ? "not proven" : "";
            case DECIDED -> "";
        };
    }
}
