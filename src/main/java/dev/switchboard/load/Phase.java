package dev.switchboard.load;

/** Names the phases of a run, in their order. */
public enum Phase {
    CONNECTING,
    /** Messages are sent and do not count. */
    WARMING,
    MEASURING,
    /** Nothing is sent; the messages on their way arrive. */
    DRAINING
}
