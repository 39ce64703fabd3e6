package dev.switchboard.api;

import org.jspecify.annotations.Nullable;

/**
 * What others in a channel may know of a client.
 *
 * @param client its id
 * @param user empty for one that is not known
 * @param connInfo JSON, from its connection token
 * @param chanInfo JSON, from its subscription token
 */
public record ClientInfo(
        String client,
        String user,
        @Nullable String connInfo,
        @Nullable String chanInfo) {}
