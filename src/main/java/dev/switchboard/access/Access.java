package dev.switchboard.access;

/** Who may connect. */
public enum Access {
    /** Whoever reaches the port; a token is checked if one comes. */
    OPEN,
    /** Who brings a token. */
    TOKEN,
    /** Whoever reaches the port, and may do everything there; for tests and demonstrations. */
    INSECURE
}
