package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * Allows a client to be in one channel.
 *
 * @param info JSON that other clients in the channel can see; null for none
 * @param data JSON that only the client gets, in the answer; null for none
 * @param ttl seconds until the grant expires, at least 1; 0 for never
 * @param token the token that the grant comes from; null for none
 * @param override replaces parts of the channel rule
 * @param filter which publications the client gets, whatever it asks for; null for all
 */
public record SubscribeGrant(
        @Nullable String info,
        @Nullable String data,
        long ttl,
        @Nullable TokenId token,
        ChannelOverride override,
        @Nullable TagsFilter filter) {

    /** Grants what the channel rule says, without an end. */
    public static final SubscribeGrant PLAIN = new SubscribeGrant(null, null, 0);

    /** Creates a grant without a filter. */
    public SubscribeGrant(
            @Nullable String info, @Nullable String data, long ttl, @Nullable TokenId token, ChannelOverride override) {
        this(info, data, ttl, token, override, null);
    }

    /** Creates a grant that leaves all to the channel rule. */
    public SubscribeGrant(@Nullable String info, @Nullable String data, long ttl, @Nullable TokenId token) {
        this(info, data, ttl, token, ChannelOverride.NONE);
    }

    /** Creates a grant that comes from no token. */
    public SubscribeGrant(@Nullable String info, @Nullable String data, long ttl) {
        this(info, data, ttl, null);
    }

    /**
     * Returns the seconds until the client must refresh the subscription; 0 if it does not. A
     * client without a token cannot refresh, and subscribes again when the grant has expired.
     */
    public long renewal() {
        return token == null ? 0 : ttl;
    }
}
