package dev.switchboard.model;

import dev.switchboard.hub.Protocol;

/**
 * Selects the clients that a call of the application means.
 *
 * @param user the user of the clients, empty for any
 * @param client which of them, empty for all
 * @param session which of them, by {@link Protocol#session}, empty for all
 */
public record ClientSelector(String user, String client, String session) {

    /** Throws {@link ClientError#BAD_REQUEST} if nothing is selected. */
    public ClientSelector {
        if (user.isEmpty() && client.isEmpty() && session.isEmpty()) {
            throw ClientError.BAD_REQUEST;
        }
    }

    /** Means clients of any session. */
    public ClientSelector(String user, String client) {
        this(user, client, "");
    }

    /** All clients of the user. */
    public static ClientSelector user(String user) {
        return new ClientSelector(user, "");
    }
}
