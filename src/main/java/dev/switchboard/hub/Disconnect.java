package dev.switchboard.hub;

import java.nio.charset.StandardCharsets;

/**
 * Why the relay ends a connection: a WebSocket close code and a reason for people (protocol section 14.3).
 *
 * <p>The reason is never empty and is plain text, because client libraries apply the rule "from 3500 on do not reconnect" only then; it
 * fits a close frame (RFC 6455 section 5.5: 125 bytes with the code).
 */
public record Disconnect(int code, String reason) {

    private static final int MAX_REASON_BYTES = 123;

    public static final Disconnect MESSAGE_TOO_BIG = new Disconnect(1009, "message size limit");
    public static final Disconnect SHUTDOWN = new Disconnect(3001, "shutdown");
    public static final Disconnect INTERNAL_ERROR = new Disconnect(3004, "internal server error");
    public static final Disconnect SLOW = new Disconnect(3008, "slow");
    public static final Disconnect WRITE_ERROR = new Disconnect(3009, "write error");
    public static final Disconnect NO_PONG = new Disconnect(3012, "no pong");

    public Disconnect {
        if (reason.isBlank() || reason.getBytes(StandardCharsets.UTF_8).length > MAX_REASON_BYTES) {
            throw new IllegalArgumentException("a close reason has 1 to " + MAX_REASON_BYTES + " bytes: " + reason);
        }
    }

    /** The client broke a rule and would break it again, so it is not to come back; {@code what} names the rule. */
    public static Disconnect badRequest(String what) {
        return new Disconnect(3501, "bad request: " + what);
    }
}
