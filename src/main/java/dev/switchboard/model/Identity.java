package dev.switchboard.model;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds the user of a client, with the rights and the properties of the user.
 *
 * @param user the name of the user; empty if the client is anonymous
 * @param info JSON that other clients can see; null for none
 * @param ttl seconds until the identity expires, at least 1; 0 for never
 * @param channels the channels to which the server subscribes the client, each with its grant
 * @param roles the roles that the container gives to the login
 * @param token the token that the identity comes from; null for none
 * @param meta JSON that the relay sends back to the application with each request about the client,
 *     and never to a client; null for none
 */
public record Identity(
        String user,
        @Nullable String info,
        long ttl,
        Map<String, SubscribeGrant> channels,
        Set<String> roles,
        @Nullable TokenId token,
        @Nullable String meta) {

    public static final Identity ANONYMOUS = new Identity("", null, 0, Map.of());

    /** Creates an identity without roles, token and meta. */
    public Identity(String user, @Nullable String info, long ttl, Map<String, SubscribeGrant> channels) {
        this(user, info, ttl, channels, Set.of(), null);
    }

    /** Creates an identity without meta. */
    public Identity(
            String user,
            @Nullable String info,
            long ttl,
            Map<String, SubscribeGrant> channels,
            Set<String> roles,
            @Nullable TokenId token) {
        this(user, info, ttl, channels, roles, token, null);
    }

    /** Returns the identity of a login of the container. */
    public static Identity login(String user, Set<String> roles) {
        return new Identity(user, null, 0, Map.of(), roles, null);
    }

    /**
     * Returns the identity with another time, in seconds as in {@link #ttl}, and with
     * {@code newInfo} unless that is null.
     */
    public Identity holding(long seconds, @Nullable String newInfo) {
        return new Identity(user, newInfo == null ? info : newInfo, seconds, channels, roles, token, meta);
    }

    /** Returns the identity as the application renews it. What is null in the grant stays. */
    public Identity renewed(RefreshGrant grant) {
        return new Identity(
                user,
                grant.info() == null ? info : grant.info(),
                grant.ttl(),
                channels,
                roles,
                token,
                grant.meta() == null ? meta : grant.meta());
    }

    /** Returns the identity with another {@link #meta}, which is JSON or null. */
    public Identity withMeta(@Nullable String json) {
        return new Identity(user, info, ttl, channels, roles, token, json);
    }

    /**
     * Returns this identity, which comes from a new token, as the successor of the identity that
     * the client had. If this has no info or no meta, that of {@code before} stays. If
     * {@code before} comes from a login, its roles stay.
     */
    public Identity after(Identity before) {
        return new Identity(
                user,
                info == null ? before.info : info,
                ttl,
                channels,
                before.token == null ? before.roles : roles,
                token,
                meta == null ? before.meta : meta);
    }

    /** Returns whether the user is unknown. */
    public boolean isAnonymous() {
        return user.isEmpty();
    }
}
