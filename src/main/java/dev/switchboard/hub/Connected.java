package dev.switchboard.hub;

import java.util.Map;

/**
 * What a client got when it connected.
 *
 * @param ttl seconds after which it must be renewed, at least 1; 0 for never
 * @param pingSeconds how often it will be pinged
 * @param subscriptions those the server made for it
 */
public record Connected(String client, long ttl, long pingSeconds, Map<String, Subscribed> subscriptions) {}
