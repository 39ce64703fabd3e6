package dev.switchboard.load;

/** How far a run is; the phases come in this order. */
public enum Phase {
    CONNECTING,
    /** Messages that do not count. */
    WARMING,
    MEASURING,
    /** Nothing is sent, and what is under way arrives. */
    DRAINING
}
