package dev.switchboard.sample;

import dev.switchboard.api.Joined;
import dev.switchboard.api.Payload;
import dev.switchboard.api.Publication;
import dev.switchboard.api.Switchboard;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Uses the relay without CDI, as an attribute of the servlet context.
 *
 * <p>{@code GET /order?item=tea} publishes, {@code /past} reads the history, {@code /watchers}
 * counts the clients, and {@code /heard} shows what the observers got.
 */
public final class OrderBoard extends HttpServlet {

    private static final long serialVersionUID = 1;

    private final transient List<String> heard = new CopyOnWriteArrayList<>();

    @Override
    public void init() {
        switchboard()
                .observe(
                        "orders",
                        Publication.class,
                        each -> heard.add(each.payload().text()));
        switchboard().observe("orders", Joined.class, each -> heard.add("a client watches"));
    }

    private Switchboard switchboard() {
        return (Switchboard) getServletContext().getAttribute(Switchboard.class.getName());
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain;charset=UTF-8");
        String item = request.getParameter("item");
        Object answer = switch (request.getServletPath()) {
            case "/order" ->
                switchboard()
                        .publish("orders", Payload.text(item))
                        .toCompletableFuture()
                        .join();
            case "/past" ->
                switchboard().history("orders", 10).toCompletableFuture().join().publications().stream()
                        .map(publication -> publication.payload().text())
                        .toList();
            case "/watchers" ->
                switchboard()
                        .presenceStats("orders")
                        .toCompletableFuture()
                        .join()
                        .clients();
            case "/heard" -> heard;
            default -> "the application's own " + request.getServletPath();
        };
        response.getWriter().print(answer);
    }
}
