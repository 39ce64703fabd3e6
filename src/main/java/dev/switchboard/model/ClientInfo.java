package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * Describes a client to the other clients in a channel.
 *
 * @param client the id of the client
 * @param user the user of the client; empty if it is anonymous
 * @param connInfo JSON from the grant of the connection; null for none
 * @param chanInfo JSON from the grant of the subscription; null for none
 */
public record ClientInfo(
        String client,
        String user,
        @Nullable String connInfo,
        @Nullable String chanInfo) {

    /** Returns about the size of the texts in bytes. */
    public int size() {
        return user.length() + (connInfo == null ? 0 : connInfo.length()) + (chanInfo == null ? 0 : chanInfo.length());
    }
}
