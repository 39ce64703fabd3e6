package dev.switchboard.web;

import dev.switchboard.access.Origins;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;

/**
 * Answers 403 to a WebSocket handshake from a page of a foreign origin.
 *
 * <p>It looks at every request with an {@code Upgrade} header, whatever its path, so that no spelling of the path avoids it. Jetty upgrades
 * before filters run; there {@link Handshake} refuses.
 */
final class OriginFilter extends HttpFilter {

    private final transient Origins origins;

    OriginFilter(Origins origins) {
        this.origins = origins;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (request.getHeader("Upgrade") == null || isAllowed(request)) {
            chain.doFilter(request, response);
        } else {
            response.setStatus(HttpServletResponse.SC_FORBIDDEN);
            response.setContentType("text/plain;charset=UTF-8");
            response.getWriter()
                    .println(
                            "This Origin may not connect. The setting switchboard.origins allows others than the server's own.");
        }
    }

    private boolean isAllowed(HttpServletRequest request) {
        return origins.allows(Collections.list(request.getHeaders("Origin")), request.getHeader("Host"));
    }
}
