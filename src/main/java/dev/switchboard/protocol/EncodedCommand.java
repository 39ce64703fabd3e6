package dev.switchboard.protocol;

/** EncodedCommand is one command of a message, before the relay reads it. */
interface EncodedCommand {

    /** Returns the size in bytes. */
    int size();

    /** Returns true for a pong in the form that client libraries send. */
    boolean isPong();

    /** Reads the command; throws a {@link dev.switchboard.model.Disconnect} if it is malformed. */
    Command read();
}
