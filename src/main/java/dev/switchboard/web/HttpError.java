package dev.switchboard.web;

import dev.switchboard.json.JsonText;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Denial;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Reason;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Answers a request with an error, as {@code {"error":{"code":…,"message":"…"}}}.
 *
 * @param code the code of a client error or a disconnect (protocol sections 14.1 and 14.3)
 * @param retryAfter seconds; null if a later request meets the same error
 * @param why what the log says, which is the message unless there is more to say
 */
record HttpError(
        int status, int code, String message, @Nullable Integer retryAfter, Reason why) {

    HttpError(int status, int code, String message, @Nullable Integer retryAfter) {
        this(status, code, message, retryAfter, new Reason(message, message));
    }

    HttpError(int status, int code, String message) {
        this(status, code, message, null);
    }

    static HttpError of(int status, ClientError error) {
        return of(status, error, error.text());
    }

    static HttpError of(int status, Disconnect disconnect) {
        return of(status, disconnect, disconnect.reason());
    }

    private static HttpError of(int status, Denial denial, String message) {
        Reason why = denial.why().text().isEmpty() ? new Reason(message, message) : denial.why();
        return new HttpError(status, denial.code(), message, null, why);
    }

    /** Returns the same answer with a reason for the log. */
    HttpError because(Reason reason) {
        return new HttpError(status, code, message, retryAfter, reason);
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
