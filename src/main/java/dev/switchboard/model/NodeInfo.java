package dev.switchboard.model;

import java.time.Duration;

/**
 * Holds the state of one node.
 *
 * @param uid an id that changes with each start
 */
public record NodeInfo(
        String uid, String name, int clients, int users, int subscriptions, int channels, Duration uptime) {}
