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
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.conduits.ConduitStreamSourceChannel;
import org.xnio.conduits.StreamSourceConduit;

/**
 * A connection of Undertow, which is read up to its end while the answer is under way.
 *
 * <p>No other request follows on that connection, so what else arrives is dropped; a client that sends much of it is taken for gone.
 */
final class UndertowCarrier implements Carrier, ChannelListener<ConduitStreamSourceChannel> {

    private static final int MOST_BYTES = 1024;

    private final HttpServerExchange exchange;
    private final StreamConnection connection;
    private final StreamSourceConduit source;
    private final Executor closing;
    private Runnable gone = () -> {};
    private long dropped; // belongs to the thread of the connection

    private UndertowCarrier(HttpServerExchange exchange, HttpServerConnection connection, Executor closing) {
        this.exchange = exchange;
        this.connection = connection.getChannel();
        this.source = connection.getOriginalSourceConduit();
        this.closing = closing;
    }

    /** Null for a connection that carries more than this request, or TLS, which is for one thread alone. */
    static @Nullable Carrier ofCurrentRequest(Executor closing) {
        ServletRequestContext current = ServletRequestContext.current();
        if (current == null) {
            return null;
        }
        HttpServerExchange exchange = current.getExchange();
        return exchange.getConnection() instanceof HttpServerConnection http && http.getSslSession() == null
                ? new UndertowCarrier(exchange, http, closing)
                : null;
    }

    @Override
    public void watch(Runnable whenGone) {
        gone = whenGone;
        exchange.setPersistent(false);
        if (exchange.isHttp11()) { // else the end of the connection would be the end of the answer, and a cut looks the
            // same
            exchange.getResponseHeaders().put(Headers.TRANSFER_ENCODING, Headers.CHUNKED.toString());
        }
        connection.getIoThread().execute(() -> {
            connection.getSourceChannel().setReadListener(this);
            source.resumeReads();
        });
    }

    @Override
    public void keepLittle() {
        Wire.keepLittle(connection);
    }

    @Override
    public void handleEvent(ConduitStreamSourceChannel channel) {
        try {
            long count = source.read(ByteBuffer.allocate(MOST_BYTES));
            dropped += count;
            if (count >= 0 && dropped <= MOST_BYTES) {
                return;
            }
        } catch (IOException reset) {
            // as at the end
        }
        source.suspendReads();
        closing.execute(() -> {
            IoUtils.safeClose(connection);
            gone.run();
        });
    }
}
