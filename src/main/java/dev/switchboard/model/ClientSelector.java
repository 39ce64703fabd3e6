package dev.switchboard.model;

/**
 * Selects the clients for which a call of the application is meant. A client must match all three
 * components.
 *
 * @param user the user of the clients; empty for any user
 * @param client the id of the client; empty for any id
 * @param session the session id that a client without WebSocket got; empty for any session
 */
public record ClientSelector(String user, String client, String session) {

    /** Throws {@link ClientError#BAD_REQUEST} if all components are empty. */
    public ClientSelector {
        if (user.isEmpty() && client.isEmpty() && session.isEmpty()) {
            throw ClientError.BAD_REQUEST;
        }
    }

    /** Selects clients of any session. */
    public ClientSelector(String user, String client) {
        this(user, client, "");
    }

    /** Returns the selector of all clients of the user. */
    public static ClientSelector user(String user) {
        return new ClientSelector(user, "");
    }
}
