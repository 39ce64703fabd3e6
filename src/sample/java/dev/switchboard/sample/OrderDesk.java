package dev.switchboard.sample;

import dev.switchboard.api.Position;
import jakarta.inject.Inject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Takes orders by HTTP: {@code GET /desk?item=tea&item=cake} orders and shows the outcome of each
 * item. {@code GET /desk} shows the wishes.
 */
@WebServlet("/desk")
@SuppressWarnings("NullAway.Init") // CDI sets the fields
public class OrderDesk extends HttpServlet {

    private static final long serialVersionUID = 1;

    @Inject
    private transient Orders orders;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setContentType("text/plain;charset=UTF-8");
        String[] items = request.getParameterValues("item");
        if (items == null) {
            response.getWriter().print(orders.wishes());
            return;
        }
        List<CompletableFuture<@Nullable Position>> published = new ArrayList<>();
        List<Boolean> early = new ArrayList<>();
        try {
            orders.place(List.of(items), stage -> {
                published.add(stage.toCompletableFuture());
                early.add(stage.toCompletableFuture().isDone());
            });
        } catch (IllegalArgumentException refused) {
            response.getWriter().print(refused.getMessage() + ": ");
        }
        response.getWriter().print(early + " ");
        for (CompletableFuture<@Nullable Position> each : published) {
            response.getWriter().print(outcome(each) + ";");
        }
    }

    private static String outcome(CompletableFuture<@Nullable Position> published) {
        try {
            return "published at " + published.join();
        } catch (CancellationException rolledBack) {
            return String.valueOf(rolledBack.getMessage());
        }
    }
}
