package dev.switchboard.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client got when it connected.
 *
 * @param ttl seconds after which it must be renewed, at least 1; 0 for never
 * @param pingSeconds how often it will be pinged
 * @param subscriptions those the server made for it
 * @param data JSON from the application behind the relay
 */
public record ConnectResult(
        String client,
        long ttl,
        long pingSeconds,
        Map<String, SubscribeResult> subscriptions,
        @Nullable String data) {

    /** Without data. */
    public ConnectResult(String client, long ttl, long pingSeconds, Map<String, SubscribeResult> subscriptions) {
        this(client, ttl, pingSeconds, subscriptions, null);
    }
}
