package dev.switchboard.model;

/**
 * Refuses one command of a client, which stays connected (protocol section 14.1).
 *
 * <p>Two errors are equal if the client gets the same, whatever their reasons. The exception has no
 * stack trace, because it is an answer and not a fault of the relay.
 */
public final class ClientError extends RuntimeException implements Denial {

    private static final long serialVersionUID = 1;

    public static final ClientError INTERNAL = temporary(100, "internal server error");
    /**
     * Has the code and the text of {@link #INTERNAL}. The relay did not ask the application,
     * because too many requests wait for its answer. The same request can succeed a moment later.
     */
    public static final ClientError BUSY = temporary(100, "internal server error");

    public static final ClientError UNAUTHORIZED = permanent(101, "unauthorized");
    public static final ClientError UNKNOWN_CHANNEL = permanent(102, "unknown channel");
    public static final ClientError PERMISSION_DENIED = permanent(103, "permission denied");
    public static final ClientError METHOD_NOT_FOUND = permanent(104, "method not found");
    /** Is {@link #METHOD_NOT_FOUND} with the text of the server API. */
    public static final ClientError NOT_FOUND = permanent(104, "not found");

    public static final ClientError ALREADY_SUBSCRIBED = permanent(105, "already subscribed");
    public static final ClientError LIMIT_EXCEEDED = permanent(106, "limit exceeded");
    public static final ClientError BAD_REQUEST = permanent(107, "bad request");
    public static final ClientError NOT_AVAILABLE = permanent(108, "not available");
    /** Is not temporary; client libraries nevertheless fetch a new token and try again. */
    public static final ClientError TOKEN_EXPIRED = permanent(109, "token expired");
    /**
     * Answers the renewal of a subscription like {@link #TOKEN_EXPIRED}. A permanent error would
     * end the subscription.
     */
    public static final ClientError RENEWAL_EXPIRED = temporary(109, "token expired");

    /** Says that the grant of the application has already expired. */
    public static final ClientError EXPIRED = permanent(110, "expired");

    public static final ClientError TOO_MANY_REQUESTS = temporary(111, "too many requests");
    public static final ClientError UNRECOVERABLE_POSITION = permanent(112, "unrecoverable position");

    // An application may use the codes of the protocol, and codes of its own from 400 on.

    private static final Reason OF_APPLICATION = new Reason("application", "the application answered so to the hook");

    private static final int FIRST_OF_APPLICATION = 100;

    private static final int LAST_OF_APPLICATION = 1999;

    private final int code;
    private final String text;
    private final Reason why;
    private final boolean temporary;
    private final boolean ofApplication;

    private ClientError(int code, String text, Reason why, boolean temporary, boolean ofApplication) {
        super(code + " " + text + (why.text().isEmpty() ? "" : ": " + why.text()), null, false, false);
        this.code = code;
        this.text = text;
        this.why = why;
        this.temporary = temporary;
        this.ofApplication = ofApplication;
    }

    private static ClientError permanent(int code, String text) {
        return new ClientError(code, text, Reason.NONE, false, false);
    }

    private static ClientError temporary(int code, String text) {
        return new ClientError(code, text, Reason.NONE, true, false);
    }

    /**
     * Returns the permanent error with which the application refuses a command.
     *
     * @throws IllegalArgumentException if {@link #isCodeOfApplication} is false for the code
     */
    public static ClientError ofApplication(int code, String text) {
        return new ClientError(requireOfApplication(code), text, OF_APPLICATION, false, true);
    }

    /**
     * Returns the temporary error with which the application refuses a command.
     *
     * @throws IllegalArgumentException if {@link #isCodeOfApplication} is false for the code
     */
    public static ClientError temporaryOfApplication(int code, String text) {
        return new ClientError(requireOfApplication(code), text, OF_APPLICATION, true, true);
    }

    private static int requireOfApplication(int code) {
        if (!isCodeOfApplication(code)) {
            throw new IllegalArgumentException("an application may not use error code " + code);
        }
        return code;
    }

    /** Returns whether an application may refuse a command with that code: 100 to 1999. */
    public static boolean isCodeOfApplication(long code) {
        return code >= FIRST_OF_APPLICATION && code <= LAST_OF_APPLICATION;
    }

    /** Returns whether the application, and not the relay, refused the command. */
    public boolean isOfApplication() {
        return ofApplication;
    }

    /**
     * Returns the same error with a reason for the log. The reason may hold names of members, but
     * no values.
     */
    public ClientError because(String reason) {
        return because(new Reason("", reason));
    }

    @Override
    public ClientError because(Reason reason) {
        return new ClientError(code, text, reason, temporary, ofApplication);
    }

    @Override
    public Reason why() {
        return why;
    }

    @Override
    public int code() {
        return code;
    }

    /**
     * Returns the text that the client gets. Client libraries compare the texts of the protocol.
     */
    @Override
    public String text() {
        return text;
    }

    /**
     * Returns the code for metrics, or one word for all errors of the application, whose codes are
     * too many.
     */
    public String label() {
        return ofApplication ? "application" : Integer.toString(code);
    }

    /** Returns whether the same command can succeed later. */
    public boolean isTemporary() {
        return temporary;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClientError that
                && code == that.code
                && text.equals(that.text)
                && temporary == that.temporary
                && ofApplication == that.ofApplication;
    }

    @Override
    public int hashCode() {
        return 31 * code + text.hashCode();
    }
}
