package dev.switchboard.model;

import java.util.Map;

/**
 * Counts the clients that are in a channel, and their users. All anonymous clients together count
 * as one user.
 */
public record PresenceStats(int clients, int users) {

    /** Returns the numbers for the presence of a channel, which is given by client id. */
    public static PresenceStats of(Map<String, ClientInfo> present) {
        return new PresenceStats(present.size(), (int)
                present.values().stream().map(ClientInfo::user).distinct().count());
    }
}
