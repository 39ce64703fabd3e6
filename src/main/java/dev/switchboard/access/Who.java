package dev.switchboard.access;

import dev.switchboard.hub.Identity;

/** To whom a channel rule gives a right. */
public enum Who {
    /** Every client. */
    ANYONE,
    /** Clients whose user is known. */
    AUTHENTICATED,
    /** Clients that are in the channel. */
    SUBSCRIBER,
    /** No client. */
    NOBODY;

    boolean includes(Identity client, boolean subscribed) {
        return switch (this) {
            case ANYONE -> true;
            case AUTHENTICATED -> !client.isAnonymous();
            case SUBSCRIBER -> subscribed;
            case NOBODY -> false;
        };
    }
}
