package dev.switchboard.model;

/**
 * A no of the relay: a {@link ClientError} refuses one command, a {@link Disconnect} ends the
 * connection.
 */
public sealed interface Denial permits ClientError, Disconnect {

    int code();

    /** Returns the text that the client gets. */
    String text();

    /** Returns the reason for the log, whose text is empty if there is none. */
    Reason why();

    /** Returns the same denial with a reason for the log. */
    RuntimeException because(Reason why);
}
