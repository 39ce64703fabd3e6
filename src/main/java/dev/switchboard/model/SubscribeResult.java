package dev.switchboard.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells a client that it is subscribed.
 *
 * @param position the position of the client before {@code publications}; null if the subscription
 *     has no positions
 * @param recoverable whether the client can recover after a lost connection
 * @param recovery how the recovery went
 * @param publications the publications that the client missed, the oldest first
 * @param ttl seconds until the client must refresh the subscription, at least 1; 0 for never
 * @param data JSON from the grant; null for none
 */
public record SubscribeResult(
        @Nullable Position position,
        boolean recoverable,
        Recovery recovery,
        List<Publication> publications,
        long ttl,
        @Nullable String data) {

    /** Says whether the client has all publications since its position. */
    public enum Recovery {
        /** The client did not ask for a recovery. */
        NONE,
        /** The client gets all publications that it missed. */
        RECOVERED,
        /** Publications may be missing. */
        FAILED
    }
}
