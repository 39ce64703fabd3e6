package dev.switchboard.hub;

/** Heartbeat asks a client for a sign of life, and tells when none came. Any thread. */
interface Heartbeat {

    /**
     * Starts the questions of a protocol that asks in its own words, after the client has
     * connected.
     */
    void start();

    /** Notes that bytes came from the client. */
    void received();

    /** Notes that the client answered a ping in the words of its protocol. */
    void answered();

    /** If a ping is due, sends one. Called about once a second; does not block. */
    void beat();

    /** Returns true if the client did not answer a ping in time. */
    boolean isGone();
}
