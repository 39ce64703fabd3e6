package dev.switchboard.api;

/**
 * Reports that the relay refused a call, or that its outcome is unknown.
 *
 * <p>The codes are those of the client protocol: {@code 102} for an unknown channel, {@code 108}
 * for a channel whose rule keeps no presence or no history, {@code 112} for a position of another
 * epoch. After {@code 100} it is unknown whether the relay did what the call asked for.
 */
public final class SwitchboardException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int code;

    /** For the relay. {@code message} is the text of the error, without its code. */
    public SwitchboardException(int code, String message, Throwable cause) {
        super(code + " " + message, cause);
        this.code = code;
    }

    /** Returns the error code. */
    public int code() {
        return code;
    }
}
