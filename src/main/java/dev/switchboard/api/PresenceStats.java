package dev.switchboard.api;

/**
 * Counts the clients in a channel.
 *
 * @param clients the number of clients
 * @param users the number of different users; all anonymous clients count as one user
 */
public record PresenceStats(int clients, int users) {}
