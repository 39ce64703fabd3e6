package dev.switchboard.access;

import dev.switchboard.model.Identity;
import java.util.Collections;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The clients to which a channel rule gives a right. */
public sealed interface Grantee {

    /**
     * Returns whether a client of that user has the right; {@code subscribed} if it is in the
     * channel.
     */
    boolean includes(Identity user, boolean subscribed);

    /** Returns the grantee as the rules name it, in quotes. */
    String words();

    /** Returns what a client lacks that does not have the right. */
    String lacking(Identity user, boolean subscribed);

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

        @Override
        public String words() {
            return "\"" + name().toLowerCase(Locale.ROOT) + "\"";
        }

        @Override
        public String lacking(Identity user, boolean subscribed) {
            if (this == NOBODY) {
                return "so no client has the right";
            }
            return includes(user, true) ? "the client is not in the channel" : "the client has no user";
        }
    }

    /** Clients to which the container gives one of the roles. */
    record Role(Set<String> roles) implements Grantee {

        @Override
        public boolean includes(Identity user, boolean subscribed) {
            return !Collections.disjoint(roles, user.roles());
        }

        @Override
        public String words() {
            return roles.stream().sorted().map(role -> "\"role:" + role + "\"").collect(Collectors.joining(", "));
        }

        @Override
        public String lacking(Identity user, boolean subscribed) {
            return "the login of the client has no such role";
        }
    }
}
