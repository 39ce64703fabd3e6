package dev.switchboard.api;

/** Tells what happened in a channel; see {@link Switchboard#observe}. */
public sealed interface Event permits Publication, Joined, Left {

    /** Returns the name of the channel. */
    String channel();
}
