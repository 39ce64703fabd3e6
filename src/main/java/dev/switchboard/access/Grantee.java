package dev.switchboard.access;

import dev.switchboard.model.Identity;
import java.util.Collections;
import java.util.Set;

/** To whom a channel rule gives a right. */
public sealed interface Grantee {

    boolean includes(Identity client, boolean subscribed);

    /** The roles that it names. */
    default Set<String> roles() {
        return Set.of();
    }

    /** Those for whom a rule has a word. */
    enum Group implements Grantee {
        /** Every client. */
        ANYONE,
        /** Clients whose user is known. */
        AUTHENTICATED,
        /** Clients that are in the channel. */
        SUBSCRIBER,
        /** Clients that are in the channel and whose user is known. */
        AUTHENTICATED_SUBSCRIBER,
        /** No client. */
        NOBODY;

        @Override
        public boolean includes(Identity client, boolean subscribed) {
            return switch (this) {
                case ANYONE -> true;
                case AUTHENTICATED -> !client.isAnonymous();
                case SUBSCRIBER -> subscribed;
                case AUTHENTICATED_SUBSCRIBER -> subscribed && !client.isAnonymous();
                case NOBODY -> false;
            };
        }
    }

    /** Clients to whom their container gives one of the roles. */
    record Role(Set<String> roles) implements Grantee {

        @Override
        public boolean includes(Identity client, boolean subscribed) {
            return !Collections.disjoint(roles, client.roles());
        }
    }
}
