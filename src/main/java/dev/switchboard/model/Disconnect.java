package dev.switchboard.model;

import java.nio.charset.StandardCharsets;

/**
 * Ends a connection with a WebSocket close code and a reason that people can read (protocol section
 * 14.3).
 *
 * <p>The reason is plain text and never empty: without a reason, client libraries ignore the rule
 * "do not reconnect from 3500 on". The reason fits a close frame, which has 125 bytes with the code
 * (RFC 6455 section 5.5).
 *
 * <p>The exception has no stack trace, because it is an answer and not a fault of the relay.
 */
public final class Disconnect extends RuntimeException {

    private static final long serialVersionUID = 1;

    private static final int CONNECTION_CLOSED = 3000;
    private static final int NORMAL_CLOSURE = 1000;
    private static final int BAD_REQUEST = 3501;

    private static final String BAD_REQUEST_REASON = "bad request: ";

    private static final int MAX_REASON_BYTES = 123;

    public static final Disconnect MESSAGE_TOO_BIG = new Disconnect(1009, "message size limit");
    /**
     * Ends a connection without a code of the client protocol; see {@link #isSilent}. It also
     * refuses work for a client that has already ended.
     */
    public static final Disconnect CLOSED = new Disconnect(CONNECTION_CLOSED, "connection closed");

    public static final Disconnect SHUTDOWN = new Disconnect(3001, "shutdown");
    public static final Disconnect INTERNAL_ERROR = new Disconnect(3004, "internal server error");
    public static final Disconnect EXPIRED = new Disconnect(3005, "connection expired");
    public static final Disconnect SUBSCRIPTION_EXPIRED = new Disconnect(3006, "subscription expired");
    public static final Disconnect SLOW = new Disconnect(3008, "slow");
    public static final Disconnect WRITE_ERROR = new Disconnect(3009, "write error");
    public static final Disconnect INSUFFICIENT_STATE = new Disconnect(3010, "insufficient state");
    public static final Disconnect NO_PONG = new Disconnect(3012, "no pong");
    public static final Disconnect TOO_MANY_REQUESTS = new Disconnect(3013, "too many requests");
    public static final Disconnect INVALID_TOKEN = new Disconnect(3500, "invalid token");
    public static final Disconnect STALE = new Disconnect(3502, "stale");
    public static final Disconnect FORCED = new Disconnect(3503, "force disconnect");
    public static final Disconnect CONNECTION_LIMIT = new Disconnect(3504, "connection limit");
    public static final Disconnect CHANNEL_LIMIT = new Disconnect(3505, "channel limit");
    public static final Disconnect INAPPROPRIATE_PROTOCOL = new Disconnect(3506, "inappropriate protocol");
    public static final Disconnect PERMISSION_DENIED = new Disconnect(3507, "permission denied");
    public static final Disconnect NOT_AVAILABLE = new Disconnect(3508, "not available");
    public static final Disconnect TOO_MANY_ERRORS = new Disconnect(3509, "too many errors");

    private final int code;
    private final String reason;

    /**
     * Throws an {@link IllegalArgumentException} if the reason is blank or has more than 123 bytes.
     */
    public Disconnect(int code, String reason) {
        super(code + " " + reason, null, false, false);
        if (reason.isBlank() || reason.getBytes(StandardCharsets.UTF_8).length > MAX_REASON_BYTES) {
            throw new IllegalArgumentException("a close reason has 1 to " + MAX_REASON_BYTES + " bytes: " + reason);
        }
        this.code = code;
        this.reason = reason;
    }

    /**
     * Returns the end of a client that broke a rule. The client must not reconnect, because it
     * would break the rule again. {@code what} names the rule.
     */
    public static Disconnect badRequest(String what) {
        return new Disconnect(BAD_REQUEST, BAD_REQUEST_REASON + what);
    }

    /**
     * Returns whether an application may disconnect a client with that code: 3000 to 4999 (RFC 6455
     * section 7.4.2).
     */
    public static boolean isCodeOfApplication(long code) {
        return code >= CONNECTION_CLOSED && code <= 4999;
    }

    /**
     * Returns the disconnect that the application asks for. A reason that is too long for a close
     * frame is cut.
     *
     * @throws IllegalArgumentException if {@link #isCodeOfApplication} is false for the code, or
     *     the reason is blank
     */
    public static Disconnect ofApplication(int code, String reason) {
        if (!isCodeOfApplication(code)) {
            throw new IllegalArgumentException("an application may not use disconnect code " + code);
        }
        String cut = reason;
        while (cut.getBytes(StandardCharsets.UTF_8).length > MAX_REASON_BYTES) {
            int most = Math.min(cut.length() - 1, MAX_REASON_BYTES);
            cut = cut.substring(0, Character.isHighSurrogate(cut.charAt(most - 1)) ? most - 1 : most);
        }
        return new Disconnect(code, cut);
    }

    /** Returns whether the client must not reconnect (protocol section 14.3). */
    public boolean isForGood() {
        return code >= 3500 && code < 4000 || code >= 4500;
    }

    /**
     * Returns whether {@link #badRequest} made this. An application can use the same code with
     * another reason.
     */
    public boolean isBadRequest() {
        return code == BAD_REQUEST && reason.startsWith(BAD_REQUEST_REASON);
    }

    /**
     * Returns whether the client gets no code of the client protocol. Its library then reports that
     * the transport was closed (protocol section 4, rule 7).
     */
    public boolean isSilent() {
        return code == CONNECTION_CLOSED;
    }

    public int code() {
        return code;
    }

    /**
     * Returns the code of the close frame: normal closure (RFC 6455 section 7.4.1) if this is
     * {@link #isSilent silent}, else {@link #code}.
     */
    public int closeCode() {
        return isSilent() ? NORMAL_CLOSURE : code;
    }

    public String reason() {
        return reason;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Disconnect that && code == that.code && reason.equals(that.reason);
    }

    @Override
    public int hashCode() {
        return 31 * code + reason.hashCode();
    }
}
