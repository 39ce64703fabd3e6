package dev.switchboard.model;

/** Why the relay takes a client out of a channel (protocol section 14.2): below 2500 for good, from 2500 on the client comes back by itself. */
public record Unsubscribe(int code, String reason) {

    public static final Unsubscribe SERVER = new Unsubscribe(2000, "server unsubscribe");
    public static final Unsubscribe INSUFFICIENT_STATE = new Unsubscribe(2500, "insufficient state");
    public static final Unsubscribe EXPIRED = new Unsubscribe(2501, "subscription expired");

    private static final int COME_BACK = 2500;

    /** The client does not come back by itself. */
    public boolean isForGood() {
        return code < COME_BACK;
    }
}
