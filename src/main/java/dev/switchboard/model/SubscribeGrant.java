package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * The right to be in one channel.
 *
 * @param info JSON that others in the channel may see
 * @param data JSON for the client itself, in the answer
 * @param ttl seconds for which this holds, at least 1; 0 for ever
 * @param token that gives it, null for none
 * @param override what holds in place of the channel rule
 */
public record SubscribeGrant(
        @Nullable String info,
        @Nullable String data,
        long ttl,
        @Nullable TokenId token,
        ChannelOverride override) {

    /** Without anything special. */
    public static final SubscribeGrant PLAIN = new SubscribeGrant(null, null, 0);

    /** With what the channel rule says. */
    public SubscribeGrant(@Nullable String info, @Nullable String data, long ttl, @Nullable TokenId token) {
        this(info, data, ttl, token, ChannelOverride.NONE);
    }

    /** Without a token. */
    public SubscribeGrant(@Nullable String info, @Nullable String data, long ttl) {
        this(info, data, ttl, null);
    }

    /** Seconds after which its client is to renew it; 0 if it need not, or cannot because it has no token: then it asks again when this is over. */
    public long renewal() {
        return token == null ? 0 : ttl;
    }
}
