package dev.switchboard.history;

/** What must hold in every log; the numbers are those of the delivery contract. */
public enum Invariant {
    /** A position in a channel belongs to one publication, and a publication to one position. */
    V1("inconsistent offsets"),
    /** Nothing is heard that was not published, or whose publish certainly failed. */
    V2("phantom or aborted read"),
    /** Within a subscription the offsets rise; in a raw channel each publisher's numbers do. */
    V3("not monotonic"),
    /** Within a subscription no offset is left out. */
    V4("skip"),
    /** Nothing is heard twice, nor what a subscriber said it had. */
    V5("duplicate"),
    /** What was answered with OK is heard by everyone who was there, or who recovered what he was not there for. */
    V6("lost"),
    /** A subscribe answer says truly whether nothing is missing. */
    V7("dishonest recovery"),
    /** Nothing of a new epoch is heard by a subscriber who was not told that the old one is over. */
    V8("not told"),
    /** A key publishes once. */
    V9("not idempotent"),
    /** A publisher that waits for its answers keeps its order. */
    V10("publisher order"),
    /** Nothing is heard without permission, or outside a subscription. */
    V11("isolation"),
    /** In the end everyone who is connected is at the top. */
    V12("not alive"),
    /** Nothing grows beyond its bound, and nothing is left when all have gone. */
    V13("out of bounds"),
    /** What the relay counts is what its clients saw. */
    V14("not conserved"),
    /** The run did what it was for; else a clean verdict means nothing. */
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
