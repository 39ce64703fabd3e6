package dev.switchboard.load;

/**
 * Tells how far a run is.
 *
 * @param done the part of this phase that is done, from 0 to 1
 * @param delivered the messages of this phase that arrived, counted at each receiver
 */
public record Progress(Phase phase, double done, long delivered) {}
