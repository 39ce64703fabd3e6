package dev.switchboard.launcher.server;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Answers each request with 503 while the application starts.
 *
 * <p>An {@code EventSource} gets an event stream that ends at once, because it would never connect
 * again after an error.
 */
final class StartupHandler implements HttpHandler {

    private static final String BODY = "{\"error\":{\"code\":100,\"message\":\"This server has not started yet.\"}}\n";

    private static final String EVENTS = "text/event-stream";

    /**
     * Milliseconds after which a browser connects again; random, so that browsers do not all come
     * at once.
     */
    private static final int EARLIEST = 1000;

    private static final int LATEST = 3000;

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        exchange.setPersistent(false); // the body of the request is not read
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(Headers.CACHE_CONTROL, "no-store, no-transform");
        String accepted = exchange.getRequestHeaders().getFirst(Headers.ACCEPT);
        if (accepted != null && accepted.contains(EVENTS)) {
            headers.put(Headers.CONTENT_TYPE, EVENTS);
            exchange.getResponseSender()
                    .send("retry: " + ThreadLocalRandom.current().nextInt(EARLIEST, LATEST + 1) + "\n\n");
        } else {
            exchange.setStatusCode(StatusCodes.SERVICE_UNAVAILABLE);
            headers.put(Headers.RETRY_AFTER, 1).put(Headers.CONTENT_TYPE, "application/json");
            exchange.getResponseSender().send(BODY);
        }
    }
}
