package dev.switchboard.access;

/**
 * Holds the settings of the server API.
 *
 * @param keys the keys of the application
 * @param messageBytes maximum bytes of one publication, its tags included
 * @param errors the form of an error if the request names none
 */
public record ApiSettings(ApiKeys keys, int messageBytes, Errors errors) {

    /** The form of the error of one call. */
    public enum Errors {
        /** Status 200 and {@code {"error":…}}. */
        REPLY,
        /** A status of its own, and the error alone as the body. */
        TRANSPORT
    }

    /** Returns the maximum bytes of a body. JSON escapes and base64 make a publication longer. */
    public int bodyBytes() {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1 << 20, 2L * messageBytes));
    }
}
