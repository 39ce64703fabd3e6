package dev.switchboard.api;

/** Something that happened in a channel. */
public sealed interface Event permits Publication, Joined, Left {

    String channel();
}
