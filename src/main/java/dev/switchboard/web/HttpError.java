package dev.switchboard.web;

import dev.switchboard.json.JsonText;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Answers a request with an error, as {@code {"error":{"code":…,"message":"…"}}}.
 *
 * @param code the code of a client error or a disconnect (protocol sections 14.1 and 14.3)
 * @param retryAfter seconds; null if a later request meets the same error
 */
record HttpError(
        int status, int code, String message, @Nullable Integer retryAfter) {

    HttpError(int status, int code, String message) {
        this(status, code, message, null);
    }

    static HttpError of(int status, ClientError error) {
        return new HttpError(status, error.code(), error.text());
    }

    static HttpError of(int status, Disconnect disconnect) {
        return new HttpError(status, disconnect.code(), disconnect.reason());
    }

    /** Sets the status and {@code Retry-After}. */
    void head(HttpServletResponse response) {
        response.setStatus(status);
        if (retryAfter != null) {
            response.setHeader("Retry-After", Integer.toString(retryAfter));
        }
    }

    /**
     * Sets the status and all headers, also of a response whose headers were set for another
     * answer.
     */
    void begin(HttpServletResponse response) {
        head(response);
        response.setHeader("Cache-Control", "no-store");
        response.setContentType("application/json");
    }

    /** Returns JSON in UTF-8. */
    byte[] body() {
        StringBuilder json =
                new StringBuilder("{\"error\":{\"code\":").append(code).append(",\"message\":");
        JsonText.quote(message, json);
        return json.append("}}\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes the answer, without a length. With a length containers would send it at once, and
     * {@link UnreadBodies} could add no header.
     */
    void answer(HttpServletResponse response) throws IOException {
        begin(response);
        response.getOutputStream().write(body());
    }
}
