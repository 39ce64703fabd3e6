package dev.switchboard.access;

/** The clients that may connect. */
public enum Access {
    /** All clients; a token is checked if a client brings one. */
    OPEN,
    /** Clients with a login of the container, or with a token. */
    LOGIN,
    /** Clients with a token; a login of the container does not count. */
    TOKEN,
    /** All clients, and each may do everything; for tests and demonstrations. */
    INSECURE
}
