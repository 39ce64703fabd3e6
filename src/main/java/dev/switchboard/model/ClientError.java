package dev.switchboard.model;

/**
 * Why the relay refuses one command of a client, which stays connected (protocol section 14.1).
 *
 * <p>It carries no stack trace: it is an answer, not a fault.
 */
public final class ClientError extends RuntimeException {

    private static final long serialVersionUID = 1;

    public static final ClientError INTERNAL = temporary(100, "internal server error");
    /** As {@link #INTERNAL}, where the application may owe no more answers: the next question may be answered at once. */
    public static final ClientError BUSY = temporary(100, "internal server error");

    public static final ClientError UNAUTHORIZED = permanent(101, "unauthorized");
    public static final ClientError UNKNOWN_CHANNEL = permanent(102, "unknown channel");
    public static final ClientError PERMISSION_DENIED = permanent(103, "permission denied");
    public static final ClientError METHOD_NOT_FOUND = permanent(104, "method not found");
    /** {@link #METHOD_NOT_FOUND} in the words of the server API. */
    public static final ClientError NOT_FOUND = permanent(104, "not found");

    public static final ClientError ALREADY_SUBSCRIBED = permanent(105, "already subscribed");
    public static final ClientError LIMIT_EXCEEDED = permanent(106, "limit exceeded");
    public static final ClientError BAD_REQUEST = permanent(107, "bad request");
    public static final ClientError NOT_AVAILABLE = permanent(108, "not available");
    /** Client libraries fetch a new token and try again, although it is not marked temporary. */
    public static final ClientError TOKEN_EXPIRED = permanent(109, "token expired");
    /** As {@link #TOKEN_EXPIRED}, in answer to the renewal of a subscription, where a permanent error would end it. */
    public static final ClientError RENEWAL_EXPIRED = temporary(109, "token expired");

    /** What the application grants is over already. */
    public static final ClientError EXPIRED = permanent(110, "expired");

    public static final ClientError TOO_MANY_REQUESTS = temporary(111, "too many requests");
    public static final ClientError UNRECOVERABLE_POSITION = permanent(112, "unrecoverable position");

    /** The codes that an application may use: those of the protocol, and from 400 on its own. */
    private static final int FIRST_OF_APPLICATION = 100;

    private static final int LAST_OF_APPLICATION = 1999;

    private final int code;
    private final String text;
    private final String detail;
    private final boolean temporary;
    private final boolean ofApplication;

    private ClientError(int code, String text, String detail, boolean temporary, boolean ofApplication) {
        super(code + " " + text + (detail.isEmpty() ? "" : ": " + detail), null, false, false);
        this.code = code;
        this.text = text;
        this.detail = detail;
        this.temporary = temporary;
        this.ofApplication = ofApplication;
    }

    private static ClientError permanent(int code, String text) {
        return new ClientError(code, text, "", false, false);
    }

    private static ClientError temporary(int code, String text) {
        return new ClientError(code, text, "", true, false);
    }

    /**
     * What the application behind the relay says.
     *
     * @throws IllegalArgumentException if {@link #isCodeOfApplication} is false for the code
     */
    public static ClientError ofApplication(int code, String text) {
        return new ClientError(requireOfApplication(code), text, "", false, true);
    }

    /** As {@link #ofApplication}, of what may succeed later. */
    public static ClientError temporaryOfApplication(int code, String text) {
        return new ClientError(requireOfApplication(code), text, "", true, true);
    }

    private static int requireOfApplication(int code) {
        if (!isCodeOfApplication(code)) {
            throw new IllegalArgumentException("no error of an application: " + code);
        }
        return code;
    }

    /** Returns whether an application may refuse a command with that code: 100 to 1999. */
    public static boolean isCodeOfApplication(long code) {
        return code >= FIRST_OF_APPLICATION && code <= LAST_OF_APPLICATION;
    }

    /** The application behind the relay has refused the command. */
    public boolean isOfApplication() {
        return ofApplication;
    }

    /**
     * Returns the same error with a reason for the log. The reason may quote names of members, and
     * no values.
     */
    public ClientError because(String why) {
        return new ClientError(code, text, why, temporary, ofApplication);
    }

    /** Returns the reason for the log; empty if the text says all. */
    public String detail() {
        return detail;
    }

    public int code() {
        return code;
    }

    /** Returns the words of the protocol for the code, which libraries compare. */
    public String text() {
        return text;
    }

    /** The same command may succeed later. */
    public boolean isTemporary() {
        return temporary;
    }
}
