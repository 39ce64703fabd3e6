package dev.switchboard.hooks;

/** Says why a hook request has no usable reply, in words that are safe for the log. */
final class Fault extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final boolean down;

    private Fault(String reason, boolean down) {
        super(reason, null, false, false);
        this.down = down;
    }

    /** The application is up, but its reply is malformed. */
    static Fault unusable(String reason) {
        return new Fault(reason, false);
    }

    /** A server in front of the application says that the application is down. */
    static Fault down(String reason) {
        return new Fault(reason, true);
    }

    boolean isDown() {
        return down;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
