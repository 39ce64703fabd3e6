package dev.switchboard.model;

/**
 * Ends a subscription with a code and a reason (protocol section 14.2). From code 2500 on, the
 * client subscribes again by itself.
 */
public record Unsubscribe(int code, String reason) {

    public static final Unsubscribe SERVER = new Unsubscribe(2000, "server unsubscribe");
    public static final Unsubscribe INSUFFICIENT_STATE = new Unsubscribe(2500, "insufficient state");
    public static final Unsubscribe EXPIRED = new Unsubscribe(2501, "subscription expired");

    private static final int FIRST_OF_RESUBSCRIBE = 2500;

    /** Returns whether the client does not subscribe again by itself. */
    public boolean isForGood() {
        return code < FIRST_OF_RESUBSCRIBE;
    }
}
