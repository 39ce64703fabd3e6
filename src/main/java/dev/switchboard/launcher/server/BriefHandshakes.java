package dev.switchboard.launcher.server;

import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.util.Set;

/**
 * Removes the headers and parameters of a handshake after it, except those that a session reads.
 *
 * <p>Undertow keeps the request as long as the WebSocket.
 */
final class BriefHandshakes implements HttpHandler {

    /** The headers that are read when the session opens, after the request has ended. */
    private static final Set<HttpString> NEEDED = Set.of(
            Headers.HOST,
            Headers.ORIGIN,
            Headers.UPGRADE,
            Headers.CONNECTION,
            Headers.SEC_WEB_SOCKET_KEY,
            Headers.SEC_WEB_SOCKET_VERSION,
            Headers.SEC_WEB_SOCKET_PROTOCOL);

    private final HttpHandler next;

    BriefHandshakes(HttpHandler next) {
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        if (exchange.getRequestHeaders().contains(Headers.UPGRADE)) {
            exchange.addExchangeCompleteListener(BriefHandshakes::trim);
        }
        next.handleRequest(exchange);
    }

    private static void trim(HttpServerExchange exchange, ExchangeCompletionListener.NextListener then) {
        if (exchange.isUpgrade()) {
            exchange.setQueryString("");
            exchange.getQueryParameters().clear();
            for (HttpString name : Set.copyOf(exchange.getRequestHeaders().getHeaderNames())) {
                if (!NEEDED.contains(name)) {
                    exchange.getRequestHeaders().remove(name);
                }
            }
        }
        then.proceed();
    }
}
