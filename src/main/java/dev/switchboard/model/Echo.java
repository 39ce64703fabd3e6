package dev.switchboard.model;

/** Whether a subscriber hears what it publishes by the same connection. */
public enum Echo {
    /** Only what others publish. */
    OFF,
    /** Its own too, in the order in which everybody hears them. */
    ON
}
