package dev.switchboard.model;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
public final class Disconnect extends RuntimeException implements Denial {

    private static final long serialVersionUID = 1;

    private static final int CONNECTION_CLOSED = 3000;
    private static final int NORMAL_CLOSURE = 1000;
    private static final int BAD_REQUEST = 3501;

    private static final String BAD_REQUEST_REASON = "bad request: ";

    private static final int MAX_REASON_BYTES = 123;

    public static final Disconnect MESSAGE_TOO_BIG = new Disconnect(1009, "message size limit")
            .because(new Reason("message_bytes", "a message is larger than switchboard.message.bytes"));
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
    public static final Disconnect TOO_MANY_REQUESTS = new Disconnect(3013, "too many requests")
            .because(
                    new Reason(
                            "too_many_requests",
                            "the client sends faster than its limits allow: switchboard.client.commands, switchboard.client.publishes, or switchboard.raw.publishes for a raw client"));
    public static final Disconnect INVALID_TOKEN = new Disconnect(3500, "invalid token");
    public static final Disconnect STALE = new Disconnect(3502, "stale")
            .because(new Reason("stale", "the client sent no connect command within switchboard.connect.timeout"));
    public static final Disconnect FORCED = new Disconnect(3503, "force disconnect");
    public static final Disconnect CONNECTION_LIMIT = new Disconnect(3504, "connection limit")
            .because(new Reason(
                    "connections_user", "the user has as many connections as switchboard.connections.user allows"));
    public static final Disconnect CHANNEL_LIMIT = new Disconnect(3505, "channel limit")
            .because(new Reason(
                    "client_channels",
                    "its token or the application names more channels than switchboard.client.channels allows"));
    public static final Disconnect INAPPROPRIATE_PROTOCOL = new Disconnect(3506, "inappropriate protocol")
            .because(new Reason(
                    "inappropriate_protocol",
                    "a client that speaks JSON cannot get data that is not JSON; a client that speaks Protobuf can"));
    public static final Disconnect PERMISSION_DENIED = new Disconnect(3507, "permission denied");
    public static final Disconnect NOT_AVAILABLE = new Disconnect(3508, "not available")
            .because(
                    new Reason("send", "a send of the client protocol has no receiver here; publish and rpc have one"));
    public static final Disconnect TOO_MANY_ERRORS = new Disconnect(3509, "too many errors")
            .because(
                    new Reason(
                            "client_errors",
                            "the client had more errors in a minute than switchboard.client.errors allows; the lines before name them"));

    /** The codes with which the relay itself ends connections. */
    private static final Set<Integer> CODES = Stream.concat(
                    Stream.of(BAD_REQUEST),
                    Stream.of(
                                    MESSAGE_TOO_BIG,
                                    CLOSED,
                                    SHUTDOWN,
                                    INTERNAL_ERROR,
                                    EXPIRED,
                                    SUBSCRIPTION_EXPIRED,
                                    SLOW,
                                    WRITE_ERROR,
                                    INSUFFICIENT_STATE,
                                    NO_PONG,
                                    TOO_MANY_REQUESTS,
                                    INVALID_TOKEN,
                                    STALE,
                                    FORCED,
                                    CONNECTION_LIMIT,
                                    CHANNEL_LIMIT,
                                    INAPPROPRIATE_PROTOCOL,
                                    PERMISSION_DENIED,
                                    NOT_AVAILABLE,
                                    TOO_MANY_ERRORS)
                            .map(Disconnect::code))
            .collect(Collectors.toUnmodifiableSet());

    private final int code;
    private final String reason;
    private final Reason why;

    /**
     * Throws an {@link IllegalArgumentException} if the reason is blank or has more than 123 bytes.
     */
    public Disconnect(int code, String reason) {
        this(code, reason, Reason.NONE);
    }

    private Disconnect(int code, String reason, Reason why) {
        super(code + " " + reason, null, false, false);
        if (reason.isBlank() || reason.getBytes(StandardCharsets.UTF_8).length > MAX_REASON_BYTES) {
            throw new IllegalArgumentException("a close reason has 1 to " + MAX_REASON_BYTES + " bytes: " + reason);
        }
        this.code = code;
        this.reason = reason;
        this.why = why;
    }

    /**
     * Returns the end of a client that broke a rule. The client must not reconnect, because it
     * would break the rule again. {@code what} names the rule.
     */
    public static Disconnect badRequest(String what) {
        return new Disconnect(BAD_REQUEST, BAD_REQUEST_REASON + what, new Reason("bad_request", what));
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

    @Override
    public int code() {
        return code;
    }

    @Override
    public Disconnect because(Reason newWhy) {
        return new Disconnect(code, reason, newWhy);
    }

    @Override
    public Reason why() {
        return why;
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

    /**
     * Returns the code for metrics, or one word for all codes that only an application uses, which
     * are too many.
     */
    public String label() {
        return CODES.contains(code) ? Integer.toString(code) : "application";
    }

    @Override
    public String text() {
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
