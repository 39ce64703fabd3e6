package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * The right to be connected.
 *
 * @param data JSON for the client itself, in the answer
 * @param renewal seconds after which the client is to renew this; 0 if it cannot, or need not
 */
public record ConnectGrant(Identity who, @Nullable String data, long renewal) {

    /** For one that renews it as long as it wants to stay. */
    public static ConnectGrant renewable(Identity who) {
        return new ConnectGrant(who, null, who.ttl());
    }

    /** For one that is asked again who it is when this is over. */
    public static ConnectGrant once(Identity who, @Nullable String data) {
        return new ConnectGrant(who, data, 0);
    }
}
