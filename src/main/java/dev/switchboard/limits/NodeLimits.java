package dev.switchboard.limits;

/**
 * Limits what all clients of this node may take together.
 *
 * @param connections the largest number of connections
 * @param connectionsOfUser the largest number of connections of one user
 * @param connectionsOfAddress the largest number of connections from one address
 * @param waiting the largest number of connections whose clients have not sent their connect
 *     command
 * @param handshakes the largest number of handshakes in a second
 * @param burst the largest number of handshakes at once, after a pause
 * @param outboxBytes the largest size in bytes of all frames and commands that wait
 */
public record NodeLimits(
        int connections,
        int connectionsOfUser,
        int connectionsOfAddress,
        int waiting,
        int handshakes,
        int burst,
        long outboxBytes) {}
