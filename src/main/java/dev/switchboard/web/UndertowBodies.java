package dev.switchboard.web;

import io.undertow.server.Connectors;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.servlet.handlers.ServletRequestContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Keeps Undertow from waiting for request bodies.
 *
 * <p>When a request ends, Undertow reads the rest of its body on a thread of the application, and
 * waits there until the rest has arrived. This handler ends such a wait at once: the request counts
 * as read, and Undertow closes the connection after the answer.
 */
final class UndertowBodies implements HttpHandler {

    private final HttpHandler next;

    UndertowBodies(HttpHandler next) {
        this.next = next;
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        if (!exchange.isRequestComplete()) {
            exchange.addRequestWrapper((body, to) -> new Body(body.create(), to));
        }
        next.handleRequest(exchange);
    }

    /** Reads the body of one request; one thread at a time. */
    private static final class Body extends AbstractStreamSourceConduit<StreamSourceConduit> {
        private final HttpServerExchange exchange;
        private volatile boolean left;

        Body(StreamSourceConduit body, HttpServerExchange exchange) {
            super(body);
            this.exchange = exchange;
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            return left ? -1 : super.read(buffer);
        }

        /**
         * Lets a thread wait only for a servlet that reads its body so, which none of the relay's
         * does.
         */
        @Override
        public void awaitReadable() throws IOException {
            if (exchange.isResponseComplete() || isAsync()) {
                left = true;
            } else {
                super.awaitReadable();
            }
        }

        /** Ends the request as well: Undertow leaves one with a chunked body open. */
        @Override
        public void terminateReads() throws IOException {
            if (left) {
                exchange.setPersistent(false);
                Connectors.terminateRequest(exchange);
            } else {
                super.terminateReads();
            }
        }

        private boolean isAsync() {
            ServletRequestContext context = exchange.getAttachment(ServletRequestContext.ATTACHMENT_KEY);
            return context != null && context.getOriginalRequest().getAsyncContextInternal() != null;
        }
    }
}
