package dev.switchboard.web;

import dev.switchboard.json.JsonText;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Why a request is refused, as its answer says it: {@code {"error":{"code":…,"message":"…"}}}.
 *
 * @param code of an error or an end in the client protocol (sections 14.1 and 14.3)
 * @param retryAfter seconds, null where trying again makes no difference
 */
record HttpError(
        int status, int code, String message, @Nullable Integer retryAfter) {

    HttpError(int status, int code, String message) {
        this(status, code, message, null);
    }

    static HttpError of(int status, ClientError error) {
        return new HttpError(status, error.code(), error.text());
    }

    static HttpError of(int status, Disconnect why) {
        return new HttpError(status, why.code(), why.reason());
    }

    /** All but the body. */
    void head(HttpServletResponse response) {
        response.setStatus(status);
        if (retryAfter != null) {
            response.setHeader("Retry-After", Integer.toString(retryAfter));
        }
    }

    /** All but the body, also of a response that was to be something else. */
    void begin(HttpServletResponse response) {
        head(response);
        response.setHeader("Cache-Control", "no-store");
        response.setContentType("application/json");
    }

    byte[] body() {
        StringBuilder json =
                new StringBuilder("{\"error\":{\"code\":").append(code).append(",\"message\":");
        JsonText.quote(message, json);
        return json.append("}}\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Writes the answer. It has no length, at which containers would send it: {@link UnreadBodies} may
     * add a header.
     */
    void answer(HttpServletResponse response) throws IOException {
        begin(response);
        response.getOutputStream().write(body());
    }
}
