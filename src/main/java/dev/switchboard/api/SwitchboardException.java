package dev.switchboard.api;

/** Why the relay did not do it, with the code that a client would have got; {@code 100} says that it is not known whether it did. */
public final class SwitchboardException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int code;

    public SwitchboardException(int code, String message, Throwable cause) {
        super(code + " " + message, cause);
        this.code = code;
    }

    public int code() {
        return code;
    }
}
