package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * Allows a client to be connected.
 *
 * @param data JSON that only the client gets, in the answer; null for none
 * @param renewal seconds after which the client must refresh its connection; 0 if it does not
 */
public record ConnectGrant(Identity identity, @Nullable String data, long renewal) {

    /** Returns a grant that the client refreshes before it expires. */
    public static ConnectGrant renewable(Identity identity) {
        return new ConnectGrant(identity, null, identity.ttl());
    }

    /** Returns a grant that the client does not refresh. The time of the identity still ends it. */
    public static ConnectGrant once(Identity identity, @Nullable String data) {
        return new ConnectGrant(identity, data, 0);
    }
}
