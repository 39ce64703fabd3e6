package dev.switchboard.web;

import dev.switchboard.protocol.JsonText;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Why a request is refused, as its answer says it: {@code {"error":{"code":404,"message":"…"}}} with the status as the code.
 *
 * @param retryAfter seconds, null where trying again makes no difference
 */
record Problem(int status, String message, @Nullable Integer retryAfter) {

    Problem(int status, String message) {
        this(status, message, null);
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
                new StringBuilder("{\"error\":{\"code\":").append(status).append(",\"message\":");
        JsonText.quote(message, json);
        return json.append("}}\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** And sends it, because Undertow reads on to the end of the request otherwise. */
    void answer(HttpServletResponse response) throws IOException {
        begin(response);
        byte[] body = body();
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
        response.flushBuffer();
    }
}
