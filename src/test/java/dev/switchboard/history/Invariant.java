package dev.switchboard.history;

/** The invariants of every log, with the numbers of the delivery contract. */
public enum Invariant {
    /** A position in a channel belongs to one publication, and a publication to one position. */
    V1("inconsistent offsets"),
    /** No publication arrives that was not published, or whose publish failed. */
    V2("phantom or aborted read"),
    /**
     * Within a subscription the offsets rise; in a raw channel the numbers of each publisher rise.
     */
    V3("not monotonic"),
    /** Within a subscription no offset is left out. */
    V4("skip"),
    /** No publication arrives twice, or although the subscriber has it already. */
    V5("duplicate"),
    /**
     * Each confirmed publication reaches all subscribers that were subscribed or that recovered.
     */
    V6("lost"),
    /** A subscribe reply says correctly whether a publication is missing. */
    V7("dishonest recovery"),
    /** A subscriber gets no publication of a new epoch before it is told of the new epoch. */
    V8("not told"),
    /** A key publishes once. */
    V9("not idempotent"),
    /** Publications of a publisher that waits for its replies keep their order. */
    V10("publisher order"),
    /** No publication arrives without permission, or outside a subscription. */
    V11("isolation"),
    /** At the end each connected subscriber is at the top. */
    V12("not alive"),
    /** Counters stay within their bounds, and are 0 when all clients have left. */
    V13("out of bounds"),
    /** The counters of the relay agree with what its clients saw. */
    V14("not conserved"),
    /** The run has exercised what it must, so that a verdict has a meaning. */
    EXERCISED("not exercised");

    private final String name;

    Invariant(String name) {
        this.name = name;
    }

    @Override
    public String toString() {
        return name() + " " + name;
    }
}
