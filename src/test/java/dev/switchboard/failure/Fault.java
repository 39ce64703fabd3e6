package dev.switchboard.failure;

import dev.switchboard.failure.Proof.Outcome;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One row of the failure catalogue.
 *
 * @param decision the number of the decision record that explains it, or empty
 */
record Fault(String row, String fault, String expected, Where where, String decision) {

    /** Where a proof is demanded. */
    enum Where {
        /** In each of the three servers. */
        CONTAINERS,
        /** In one place, without a network too. */
        ANYWHERE,
        /** Nowhere: a decision record says why. */
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

    /** What is missing or wrong, or empty. */
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
