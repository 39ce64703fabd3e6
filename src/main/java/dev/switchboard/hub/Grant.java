package dev.switchboard.hub;

import org.jspecify.annotations.Nullable;

/**
 * The right to be in one channel.
 *
 * @param info JSON that others in the channel may see
 * @param data JSON for the client itself, in the answer
 * @param ttl seconds for which this holds, at least 1; 0 for ever
 * @param renewal seconds after which the client is to renew it; 0 if it cannot, or need not
 */
public record Grant(@Nullable String info, @Nullable String data, long ttl, long renewal) {

    /** Without anything special. */
    public static final Grant PLAIN = new Grant(null, null, 0);

    /** That the client renews as long as it wants to stay. */
    public Grant(@Nullable String info, @Nullable String data, long ttl) {
        this(info, data, ttl, ttl);
    }

    /** After which the client has to ask again. */
    public static Grant once(@Nullable String info, @Nullable String data, long ttl) {
        return new Grant(info, data, ttl, 0);
    }
}
