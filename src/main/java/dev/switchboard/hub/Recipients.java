package dev.switchboard.hub;

/**
 * Whom the application means.
 *
 * @param user whose clients, empty for anybody's
 * @param client which of them, empty for all
 */
public record Recipients(String user, String client) {

    /** A {@link ClientError#BAD_REQUEST} if it would be everybody. */
    public Recipients {
        if (user.isEmpty() && client.isEmpty()) {
            throw ClientError.BAD_REQUEST;
        }
    }

    /** All clients of the user. */
    public static Recipients user(String user) {
        return new Recipients(user, "");
    }
}
