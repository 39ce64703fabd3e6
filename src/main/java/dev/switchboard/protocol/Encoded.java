package dev.switchboard.protocol;

/** Encoded is one command of a message that nobody has read yet. */
interface Encoded {

    /** Returns the size in bytes. */
    int size();

    /** Returns true for the answer to a ping in the form that client libraries send. */
    boolean isPong();

    /** Reads the command; throws {@link dev.switchboard.model.Disconnect} if it is malformed. */
    Command read();
}
