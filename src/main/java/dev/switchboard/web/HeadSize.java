package dev.switchboard.web;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;

/**
 * Bounds the size of a request without its body. A container may allow more, and keeps all of it as
 * long as the client stays.
 */
final class HeadSize {

    private static final int MAX_BYTES = 16 * 1024;

    static final HttpError TOO_LARGE = new HttpError(431, 107, "A request without its body may have 16 KiB.");

    private HeadSize() {}

    static boolean isTooLarge(HttpServletRequest request) {
        String query = request.getQueryString();
        long size = request.getRequestURI().length() + (query == null ? 0 : query.length());
        for (String name : Collections.list(request.getHeaderNames())) {
            for (String value : Collections.list(request.getHeaders(name))) {
                size += name.length() + value.length();
            }
        }
        return size > MAX_BYTES;
    }
}
