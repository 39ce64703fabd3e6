package dev.switchboard.web;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Refuses plain requests at a path that serves WebSocket alone. */
final class WebSocketOnly extends HttpServlet {

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        switch (request.getMethod()) {
            case "GET", "HEAD" -> OpeningHandshake.refuse(OpeningHandshake.UPGRADE_REQUIRED, response);
            default -> StreamingServlet.refuseMethod("GET", response);
        }
    }
}
