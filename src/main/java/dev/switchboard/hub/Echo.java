package dev.switchboard.hub;

/** Whether a subscriber hears its own publications. */
public enum Echo {
    /** Only what others publish. */
    OFF,
    /** Its own too, in the order in which everybody hears them. */
    ON
}
