package dev.switchboard.web;

import dev.switchboard.Relay;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Tells load balancers and orchestrators the state of this node.
 *
 * <p>{@code /health/live} says whether the node runs, {@code /health/ready} whether it accepts
 * clients. {@code /health} is as {@code live}, with the empty object that Centrifugo answers.
 */
final class Health extends HttpServlet {

    private final transient Supplier<Relay> relay;

    private final transient BooleanSupplier alive;

    Health(Supplier<Relay> relay) {
        this(relay, () -> relay.get().isAlive());
    }

    /** {@code alive} returns whether the relay has all its threads. */
    Health(Supplier<Relay> relay, BooleanSupplier alive) {
        this.relay = relay;
        this.alive = alive;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getPathInfo() == null ? "/" : request.getPathInfo();
        switch (path) {
            case "/", "/live" -> {
                if (alive.getAsBoolean() && path.equals("/")) {
                    answer(HttpServletResponse.SC_OK, "{}", "application/json", response);
                } else if (alive.getAsBoolean()) {
                    answer(HttpServletResponse.SC_OK, "ok", response);
                } else {
                    answer(HttpServletResponse.SC_SERVICE_UNAVAILABLE, "a thread of the relay has died", response);
                }
            }
            case "/ready" -> {
                if (relay.get().admission().isDraining()) {
                    answer(HttpServletResponse.SC_SERVICE_UNAVAILABLE, "draining", response);
                } else if (relay.get().engineFault() != null) {
                    answer(HttpServletResponse.SC_SERVICE_UNAVAILABLE, "the engine cannot work; see the log", response);
                } else {
                    answer(HttpServletResponse.SC_OK, "ok", response);
                }
            }
            default -> answer(HttpServletResponse.SC_NOT_FOUND, "there are live and ready", response);
        }
    }

    private static void answer(int status, String text, HttpServletResponse response) throws IOException {
        answer(status, text, "text/plain;charset=UTF-8", response);
    }

    private static void answer(int status, String text, String type, HttpServletResponse response) throws IOException {
        response.setStatus(status);
        response.setHeader("Cache-Control", "no-store");
        response.setContentType(type);
        response.getWriter().println(text);
    }
}
