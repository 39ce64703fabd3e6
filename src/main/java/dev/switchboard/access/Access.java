package dev.switchboard.access;

/** Who may connect. */
public enum Access {
    /** Whoever reaches the port; a token is checked if one comes. */
    OPEN,
    /** Whom the container knows, or who brings a token. */
    LOGIN,
    /** Who brings a token, whomever the container knows it to be. */
    TOKEN,
    /** Whoever reaches the port, and may do everything there; for tests and demonstrations. */
    INSECURE
}
