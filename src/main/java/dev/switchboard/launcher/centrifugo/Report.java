package dev.switchboard.launcher.centrifugo;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Says of each option of a configuration what became of it, a line each. */
final class Report {

    private final UnaryOperator<String> given;
    private final List<String> lines = new ArrayList<>();
    private final List<String> refusals = new ArrayList<>();

    /** {@code given} returns the name under which the configuration has an option. */
    Report(UnaryOperator<String> given) {
        this.given = given;
    }

    void taken(String option, String as) {
        add("taken", option, as);
    }

    void stricter(String option, String how) {
        add("stricter", option, how);
    }

    void missing(String option, String instead) {
        add("missing", option, instead);
    }

    /** Notes an option without which the relay would let in more than Centrifugo. */
    void refused(String option, String why) {
        add("refused", option, why);
        refusals.add(option);
    }

    private void add(String kind, String option, String text) {
        lines.add("%-9s %s: %s".formatted(kind, given.apply(option), text));
    }

    List<String> lines() {
        return List.copyOf(lines);
    }

    boolean isRefused() {
        return !refusals.isEmpty();
    }
}
