package dev.switchboard.json;

/**
 * Says why a text is not the JSON that its reader expects.
 *
 * <p>The message names the fault and quotes nothing of the text. The exception has no stack trace,
 * because the text comes from a client, and its fault is no fault of the relay.
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
