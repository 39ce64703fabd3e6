package dev.switchboard.web;

import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;

/**
 * Shortens redirects within this server to a path: only the client knows the scheme and the name by
 * which it reaches a proxy before this server (RFC 9110 section 10.2.2).
 */
final class UndertowRedirects implements HttpHandler {

    private final HttpHandler next;

    UndertowRedirects(HttpHandler next) {
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        if (!exchange.getRequestHeaders().contains(Headers.UPGRADE)) {
            exchange.addResponseCommitListener(UndertowRedirects::shorten);
        }
        next.handleRequest(exchange);
    }

    /** Leaves a path alone that begins with two slashes, because it would name another server. */
    private static void shorten(HttpServerExchange exchange) {
        String location = exchange.getResponseHeaders().getFirst(Headers.LOCATION);
        String own = exchange.getRequestScheme() + "://" + exchange.getHostAndPort();
        if (location != null && location.startsWith(own + "/") && !location.startsWith(own + "//")) {
            exchange.getResponseHeaders().put(Headers.LOCATION, location.substring(own.length()));
        }
    }
}
