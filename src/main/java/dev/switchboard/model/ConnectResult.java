package dev.switchboard.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells a client that it is connected.
 *
 * @param client the id of the client
 * @param ttl seconds after which the client must refresh its connection, at least 1; 0 for never
 * @param pingSeconds seconds between two pings
 * @param subscriptions the subscriptions that the server made for the client, by channel
 * @param data JSON from the application; null for none
 */
public record ConnectResult(
        String client,
        long ttl,
        long pingSeconds,
        Map<String, SubscribeResult> subscriptions,
        @Nullable String data) {

    /** Creates a result without data. */
    public ConnectResult(String client, long ttl, long pingSeconds, Map<String, SubscribeResult> subscriptions) {
        this(client, ttl, pingSeconds, subscriptions, null);
    }
}
