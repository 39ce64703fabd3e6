package dev.switchboard.web;

import io.undertow.server.HttpServerExchange;
import io.undertow.server.protocol.http.HttpServerConnection;
import io.undertow.servlet.handlers.ServletRequestContext;
import io.undertow.util.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.xnio.ChannelListener;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Reads a connection of Undertow during a streaming response, to see its end.
 *
 * <p>No other request follows on that connection. This drops what else arrives, and closes the
 * connection of a client that sends more than 1,024 bytes.
 */
final class UndertowResponseConnection implements ResponseConnection, ChannelListener<ConduitStreamSourceChannel> {

    private static final int MAX_BYTES = 1024;

    private final HttpServerExchange exchange;
    private final StreamConnection connection;
    private final StreamSourceConduit source;
    private final Executor closing;
    private Runnable gone = () -> {};
    private long dropped; // belongs to the thread of the connection

    private UndertowResponseConnection(HttpServerExchange exchange, HttpServerConnection connection, Executor closing) {
        this.exchange = exchange;
        this.connection = connection.getChannel();
        this.source = connection.getOriginalSourceConduit();
        this.closing = closing;
    }

    /** Returns null for HTTP/2, and for TLS, whose conduits allow one thread only. */
    static @Nullable ResponseConnection ofCurrentRequest(Executor closing) {
        ServletRequestContext current = ServletRequestContext.current();
        if (current == null) {
            return null;
        }
        HttpServerExchange exchange = current.getExchange();
        return exchange.getConnection() instanceof HttpServerConnection http && http.getSslSession() == null
                ? new UndertowResponseConnection(exchange, http, closing)
                : null;
    }

    @Override
    public void watch(Runnable whenGone) {
        gone = whenGone;
        exchange.setPersistent(false);
        if (exchange.isHttp11()) { // without chunks a client takes a cut for the end of the response
            exchange.getResponseHeaders().put(Headers.TRANSFER_ENCODING, Headers.CHUNKED.toString());
        }
        connection.getIoThread().execute(() -> {
            connection.getSourceChannel().setReadListener(this);
            source.resumeReads();
        });
    }

    @Override
    public void limitBuffering() {
        WebSocketConduit.limitBuffering(connection);
    }

    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        try {
            long count = source.read(ByteBuffer.allocate(MAX_BYTES));
            dropped += count;
            if (count >= 0 && dropped <= MAX_BYTES) {
                return;
            }
        } catch (IOException reset) {
            // means the same as the end of the input
        }
        source.suspendReads();
        closing.execute(() -> {
            ClosingConduit.close(connection);
            gone.run();
        });
    }
}
