package dev.switchboard.hub;

/** Whether the other side is still there. */
interface Heartbeat {

    /** The other side said who it is, and expects to be asked from now on. */
    void start();

    /** Anything came from the other side. */
    void heard();

    /** An answer to a ping came, in the protocol's own words. */
    void answered();

    /** Asks for a sign of life if it is time to; called about once a second, does not block. */
    void beat();

    /** A ping was not answered in time. */
    boolean isGone();
}
