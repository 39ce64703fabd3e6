package dev.switchboard.load;

/** The clients that get the messages of a sender. */
public enum Shape {
    /** Senders publish in one channel, in which all clients are. */
    FAN_OUT,
    /** Clients two by two, each pair in a channel of its own, where each message is the answer to the one before. */
    PAIRS
}
