package dev.switchboard.limits;

/**
 * What all clients of this node together may take.
 *
 * @param connections at a time
 * @param connectionsOfUser of those, one user's
 * @param connectionsOfAddress of those, from one address
 * @param waiting of those, which have yet to say who they are where their protocol has a word for that
 * @param handshakes a second
 * @param burst of handshakes after a pause
 * @param outboxBytes what may wait for all of them, with what they send ahead of their answers
 */
public record NodeLimits(
        int connections,
        int connectionsOfUser,
        int connectionsOfAddress,
        int waiting,
        int handshakes,
        int burst,
        long outboxBytes) {}
