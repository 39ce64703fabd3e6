package dev.switchboard.api;

import org.jspecify.annotations.Nullable;

/**
 * Describes a client to the others in a channel.
 *
 * @param client the id of the client
 * @param user the user of the client, empty for an anonymous one
 * @param connInfo JSON about the connection, from its token or the connect hook; null if there is
 *     none
 * @param chanInfo JSON about the subscription, from its token or the subscribe hook; null if there
 *     is none
 */
public record ClientInfo(
        String client,
        String user,
        @Nullable String connInfo,
        @Nullable String chanInfo) {}
