package dev.switchboard.hub;

import org.jspecify.annotations.Nullable;

/**
 * The right to be in one channel.
 *
 * @param info JSON that others in the channel may see
 * @param data JSON for the client itself, in the answer
 * @param ttl seconds for which this holds, at least 1; 0 for ever
 * @param token that gives it, null for none
 */
public record Grant(
        @Nullable String info,
        @Nullable String data,
        long ttl,
        @Nullable Credential token) {

    /** Without anything special. */
    public static final Grant PLAIN = new Grant(null, null, 0);

    /** Without a token. */
    public Grant(@Nullable String info, @Nullable String data, long ttl) {
        this(info, data, ttl, null);
    }
}
