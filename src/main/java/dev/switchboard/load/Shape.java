package dev.switchboard.load;

/** Tells which clients get the messages of a sender. */
public enum Shape {
    /** All clients are in one channel, in which the senders publish. */
    FAN_OUT,
    /** Two clients are in each channel; each message answers the one before. */
    PAIRS
}
