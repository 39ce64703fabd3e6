package dev.switchboard.launcher;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.StatusCodes;

/** Answers 503 to each request while the application starts. */
final class NotYet implements HttpHandler {

    private static final String BODY = "{\"error\":{\"code\":100,\"message\":\"This server has not started yet.\"}}\n";

    @Override
    public void handleRequest(HttpServerExchange exchange) {
        exchange.setStatusCode(StatusCodes.SERVICE_UNAVAILABLE);
        exchange.setPersistent(false); // a body of the request is not read
        exchange.getResponseHeaders()
                .put(Headers.RETRY_AFTER, 1)
                .put(Headers.CACHE_CONTROL, "no-store")
                .put(Headers.CONTENT_TYPE, "application/json");
        exchange.getResponseSender().send(BODY);
    }
}
