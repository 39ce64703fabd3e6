package dev.switchboard.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client got when it subscribed.
 *
 * @param position where it stands before {@code publications}; null if it keeps no position
 * @param publications what it missed, oldest first
 * @param ttl seconds after which it must be renewed, at least 1; 0 for never
 * @param data JSON from its token
 */
public record SubscribeResult(
        @Nullable Position position,
        boolean recoverable,
        Recovery recovery,
        List<Publication> publications,
        long ttl,
        @Nullable String data) {

    /** How it went on from where the client was before. */
    public enum Recovery {
        /** It did not ask. */
        NONE,
        /** It has all it missed. */
        RECOVERED,
        /** Something may be missing. */
        FAILED
    }
}
