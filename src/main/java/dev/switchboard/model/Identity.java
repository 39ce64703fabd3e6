package dev.switchboard.model;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The user of a client, with its rights and properties.
 *
 * @param user empty for one that is not known
 * @param info JSON that others may see
 * @param ttl seconds for which this holds, at least 1; 0 for ever
 * @param channels those that the server subscribes it to
 * @param roles that its container gives it
 * @param token that says so, null for none
 * @param meta JSON that the application alone gets again, with what it is asked; null for none
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

    /** Without roles and token. */
    public Identity(String user, @Nullable String info, long ttl, Map<String, SubscribeGrant> channels) {
        this(user, info, ttl, channels, Set.of(), null);
    }

    /** Without meta. */
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

    /** The same for so many seconds, and with this info if it is not null. */
    public Identity holding(long seconds, @Nullable String other) {
        return new Identity(user, other == null ? info : other, seconds, channels, roles, token, meta);
    }

    /** The same for longer, as the application says. */
    public Identity renewed(RefreshGrant by) {
        return new Identity(
                user,
                by.info() == null ? info : by.info(),
                by.ttl(),
                channels,
                roles,
                token,
                by.meta() == null ? meta : by.meta());
    }

    /** Returns the same with that JSON for the application alone; null for none. */
    public Identity withMeta(@Nullable String json) {
        return new Identity(user, info, ttl, channels, roles, token, json);
    }

    /** The same as renewed by a token: without info in it that of before holds, and the roles of a login stay. */
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

    public boolean isAnonymous() {
        return user.isEmpty();
    }
}
