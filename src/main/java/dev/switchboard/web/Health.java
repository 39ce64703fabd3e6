package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.json.JsonWriter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells load balancers and orchestrators the state of this node.
 *
 * <p>{@code /health/live} says whether the node runs, {@code /health/ready} whether it accepts
 * clients, {@code /health/started} whether it has begun. The answers are those of MicroProfile
 * Health. {@code /health} is as {@code live}, with the empty object that Centrifugo answers.
 */
final class Health extends HttpServlet {

    /** One check; {@code fault} is null if the check finds none. */
    private record Check(String name, @Nullable String fault) {

        boolean isUp() {
            return fault == null;
        }

        void write(JsonWriter json) {
            json.element().string("name", name).string("status", status(isUp()));
            if (fault != null) {
                json.object("data").string("reason", fault).end();
            }
            json.end();
        }
    }

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

    private static String status(boolean up) {
        return up ? "UP" : "DOWN";
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getPathInfo() == null ? "/" : request.getPathInfo();
        switch (path) {
            case "/" -> {
                if (alive.getAsBoolean()) {
                    answer(HttpServletResponse.SC_OK, "{}", "application/json", response);
                } else {
                    answer(response, threads());
                }
            }
            case "/live" -> answer(response, threads());
            case "/ready" -> answer(response, admission(), engine());
            case "/started" -> answer(response);
            default ->
                answer(
                        HttpServletResponse.SC_NOT_FOUND,
                        "there are live, ready and started",
                        "text/plain;charset=UTF-8",
                        response);
        }
    }

    private Check threads() {
        return new Check("threads", alive.getAsBoolean() ? null : "a thread of the relay has died");
    }

    private Check admission() {
        return new Check("admission", relay.get().admission().isDraining() ? "draining" : null);
    }

    private Check engine() {
        return new Check("engine", relay.get().engineFault() == null ? null : "the engine cannot work; see the log");
    }

    private static void answer(HttpServletResponse response, Check... checks) throws IOException {
        boolean up = Arrays.stream(checks).allMatch(Check::isUp);
        JsonWriter json = new JsonWriter().string("status", status(up)).array("checks");
        for (Check check : checks) {
            check.write(json);
        }
        answer(
                up ? HttpServletResponse.SC_OK : HttpServletResponse.SC_SERVICE_UNAVAILABLE,
                json.endArray().finish(),
                "application/json",
                response);
    }

    private static void answer(int status, String text, String type, HttpServletResponse response) throws IOException {
        response.setStatus(status);
        response.setHeader("Cache-Control", "no-store");
        response.setContentType(type);
        response.getWriter().println(text);
    }
}
