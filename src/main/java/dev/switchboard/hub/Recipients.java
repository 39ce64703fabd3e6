package dev.switchboard.hub;

/**
 * Whom the application means.
 *
 * @param user whose clients, empty for anybody's
 * @param client which of them, empty for all
 * @param session which of them, by {@link Protocol#session}, empty for all
 */
public record Recipients(String user, String client, String session) {

    /** A {@link ClientError#BAD_REQUEST} if it would be everybody. */
    public Recipients {
        if (user.isEmpty() && client.isEmpty() && session.isEmpty()) {
            throw ClientError.BAD_REQUEST;
        }
    }

    /** Means clients of any session. */
    public Recipients(String user, String client) {
        this(user, client, "");
    }

    /** All clients of the user. */
    public static Recipients user(String user) {
        return new Recipients(user, "");
    }
}
