package dev.switchboard.load;

/**
 * Where a run is.
 *
 * @param done of this phase, from 0 to 1
 * @param delivered messages that arrived in this phase, at each of their receivers
 */
public record Progress(Phase phase, double done, long delivered) {}
