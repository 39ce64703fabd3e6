package dev.switchboard.model;

import java.util.Map;

/** How many are in a channel; all who are not known count as one user. */
public record PresenceStats(int clients, int users) {

    public static PresenceStats of(Map<String, ClientInfo> present) {
        return new PresenceStats(present.size(), (int)
                present.values().stream().map(ClientInfo::user).distinct().count());
    }
}
