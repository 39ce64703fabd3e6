package dev.switchboard.access;

/**
 * What an operator may choose for the server API.
 *
 * @param keys who may call
 * @param messageBytes maximum bytes of one publication, its tags included
 * @param errors how an error is answered if the caller does not say it
 */
public record ApiSettings(ApiKeys keys, int messageBytes, Errors errors) {

    /** How the error of one call is answered. */
    public enum Errors {
        /** With the status 200, as {@code {"error":…}}. */
        REPLY,
        /** With a status of its own, and the error alone as the body. */
        TRANSPORT
    }

    /** Maximum bytes of a body: JSON escapes and base64 make a publication longer. */
    public int bodyBytes() {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1 << 20, 2L * messageBytes));
    }
}
