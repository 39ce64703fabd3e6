package dev.switchboard.hub;

/**
 * Why the relay refuses one command of a client, which stays connected (protocol section 14.1).
 *
 * <p>It carries no stack trace: it is an answer, not a fault.
 */
public final class ClientError extends RuntimeException {

    private static final long serialVersionUID = 1;

    public static final ClientError INTERNAL = temporary(100, "internal server error");
    public static final ClientError UNAUTHORIZED = permanent(101, "unauthorized");
    public static final ClientError UNKNOWN_CHANNEL = permanent(102, "unknown channel");
    public static final ClientError PERMISSION_DENIED = permanent(103, "permission denied");
    public static final ClientError ALREADY_SUBSCRIBED = permanent(105, "already subscribed");
    public static final ClientError LIMIT_EXCEEDED = permanent(106, "limit exceeded");
    public static final ClientError BAD_REQUEST = permanent(107, "bad request");
    public static final ClientError NOT_AVAILABLE = permanent(108, "not available");
    /** Client libraries fetch a new token and try again, although it is not marked temporary. */
    public static final ClientError TOKEN_EXPIRED = permanent(109, "token expired");
    /** As {@link #TOKEN_EXPIRED}, in answer to the renewal of a subscription, where a permanent error would end it. */
    public static final ClientError RENEWAL_EXPIRED = temporary(109, "token expired");

    public static final ClientError TOO_MANY_REQUESTS = temporary(111, "too many requests");
    public static final ClientError UNRECOVERABLE_POSITION = permanent(112, "unrecoverable position");

    private final int code;
    private final String text;
    private final boolean temporary;

    private ClientError(int code, String text, boolean temporary) {
        super(code + " " + text, null, false, false);
        this.code = code;
        this.text = text;
        this.temporary = temporary;
    }

    private static ClientError permanent(int code, String text) {
        return new ClientError(code, text, false);
    }

    private static ClientError temporary(int code, String text) {
        return new ClientError(code, text, true);
    }

    /** The same with a reason for people. */
    public ClientError because(String why) {
        return new ClientError(code, text + ": " + why, temporary);
    }

    public int code() {
        return code;
    }

    public String text() {
        return text;
    }

    /** The same command may succeed later. */
    public boolean isTemporary() {
        return temporary;
    }
}
