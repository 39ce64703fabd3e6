package dev.switchboard.hooks;

/** Why an answer is none, in words of ours. */
final class Fault extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final boolean down;

    private Fault(String why, boolean down) {
        super(why, null, false, false);
        this.down = down;
    }

    /** The application is there, and answers nonsense. */
    static Fault nonsense(String why) {
        return new Fault(why, false);
    }

    /** The application is down, says the server before it. */
    static Fault down(String why) {
        return new Fault(why, true);
    }

    boolean isDown() {
        return down;
    }

    String why() {
        return String.valueOf(getMessage());
    }
}
