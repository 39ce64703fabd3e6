package dev.switchboard.engine.redis;

import java.nio.charset.StandardCharsets;

/** Says what a server tells without being asked, by the first word of the push (RESP3). */
enum PushKind {
    /** A channel has a message. */
    MESSAGE,
    /** A subscription has begun. */
    BEGIN,
    /** A subscription has ended. */
    END,
    /** Something that a link does not need. */
    OTHER;

    static PushKind of(byte[] word) {
        return switch (new String(word, StandardCharsets.US_ASCII)) {
            case "message", "smessage" -> MESSAGE;
            case "subscribe", "ssubscribe" -> BEGIN;
            case "unsubscribe", "sunsubscribe" -> END;
            default -> OTHER;
        };
    }
}
