package dev.switchboard.json;

/**
 * Says why a text is not the JSON that its reader expects.
 *
 * <p>The message names the fault and quotes nothing of the text. It carries no stack trace: it is an
 * answer, not a fault of the relay.
 */
public final class JsonException extends RuntimeException {

    private static final long serialVersionUID = 1;

    JsonException(String reason) {
        super(reason, null, false, false);
    }

    /** Returns the fault in a few words; never empty. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
