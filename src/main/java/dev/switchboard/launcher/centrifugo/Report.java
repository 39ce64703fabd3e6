package dev.switchboard.launcher.centrifugo;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Collects a line for each option, with its result. */
final class Report {

    private final UnaryOperator<String> given;
    private final List<String> lines = new ArrayList<>();
    private final List<String> refusals = new ArrayList<>();

    /** {@code given} returns the name that an option has in the configuration itself. */
    Report(UnaryOperator<String> given) {
        this.given = given;
    }

    /** Notes an option that the relay has, as this setting or rule. */
    void taken(String option, String as) {
        add("taken", option, as);
    }

    /** Notes an option with which the relay allows less than Centrifugo. */
    void stricter(String option, String how) {
        add("stricter", option, how);
    }

    /** Notes an option that the relay does not have. */
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
