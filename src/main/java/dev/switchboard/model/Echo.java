package dev.switchboard.model;

/** Says whether a client gets its own publications in a channel to which it is subscribed. */
public enum Echo {
    /** The client gets only the publications of other clients. */
    OFF,
    /** The client also gets its own publications, in the order of the channel. */
    ON
}
