package dev.switchboard.api;

/** How many are in a channel; all who are not known count as one user. */
public record PresenceStats(int clients, int users) {}
