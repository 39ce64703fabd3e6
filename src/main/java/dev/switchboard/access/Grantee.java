package dev.switchboard.access;

import dev.switchboard.model.Identity;
import java.util.Collections;
import java.util.Set;

/** The clients to which a channel rule gives a right. */
public sealed interface Grantee {

    /**
     * Returns whether a client of that user has the right; {@code subscribed} if it is in the
     * channel.
     */
    boolean includes(Identity user, boolean subscribed);

    /** Returns the roles that the grantee names. */
    default Set<String> roles() {
        return Set.of();
    }

    /** Clients for which a rule has a word. */
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
        public boolean includes(Identity user, boolean subscribed) {
            return switch (this) {
                case ANYONE -> true;
                case AUTHENTICATED -> !user.isAnonymous();
                case SUBSCRIBER -> subscribed;
                case AUTHENTICATED_SUBSCRIBER -> subscribed && !user.isAnonymous();
                case NOBODY -> false;
            };
        }
    }

    /** Clients to which the container gives one of the roles. */
    record Role(Set<String> roles) implements Grantee {

        @Override
        public boolean includes(Identity user, boolean subscribed) {
            return !Collections.disjoint(roles, user.roles());
        }
    }
}
