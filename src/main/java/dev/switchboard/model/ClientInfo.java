package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * What others in a channel may know of a client.
 *
 * @param user empty for one that is not known
 * @param connInfo JSON, from its connection token
 * @param chanInfo JSON, from its subscription token
 */
public record ClientInfo(
        String client,
        String user,
        @Nullable String connInfo,
        @Nullable String chanInfo) {

    /** What its texts hold, about, in bytes. */
    public int size() {
        return user.length() + (connInfo == null ? 0 : connInfo.length()) + (chanInfo == null ? 0 : chanInfo.length());
    }
}
