package dev.switchboard.launcher.server;

import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.lang.ref.WeakReference;
import java.net.SocketAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.xnio.IoUtils;
import org.xnio.channels.ConnectedChannel;

/**
 * Limits the number of connections without a request, which no limit of the relay counts. Beyond
 * the limit it closes the connection that has been idle for the longest time. Any thread.
 */
final class IdleConnections implements HttpHandler {

    /** Connections, or a quarter of the files that the process may open if that is less. */
    private static final int MOST = 10_000;

    private final HttpHandler next;
    private final int most;
    private final Consumer<ConnectedChannel> closing;

    /**
     * By address and port of the client, the longest idle first; guarded by itself. A closed
     * connection stays here, so the reference is weak.
     */
    private final Map<SocketAddress, WeakReference<ConnectedChannel>> connections = new LinkedHashMap<>();

    IdleConnections(HttpHandler next) {
        this(next, (int) Math.min(MOST, OpenFiles.limit() / 4), IdleConnections::close);
    }

    IdleConnections(HttpHandler next, int most, Consumer<ConnectedChannel> closing) {
        this.next = next;
        this.most = most;
        this.closing = closing;
    }

    /** Closes a connection on its own thread, because only that frees its file at once. */
    private static void close(ConnectedChannel connection) {
        connection.getIoThread().execute(() -> IoUtils.safeClose(connection));
    }

    /** Counts a connection as idle. */
    void add(ConnectedChannel connection) {
        SocketAddress client = connection.getPeerAddress();
        if (client == null) { // it is closed already
            return;
        }
        ConnectedChannel longest = null;
        synchronized (connections) {
            connections.remove(client); // of a closed connection
            connections.put(client, new WeakReference<>(connection));
            if (connections.size() > most) {
                Iterator<WeakReference<ConnectedChannel>> eldest =
                        connections.values().iterator();
                longest = eldest.next().get();
                eldest.remove();
            }
        }
        if (longest != null) {
            closing.accept(longest);
        }
    }

    @Override
    public void handleRequest(HttpServerExchange exchange) throws Exception {
        synchronized (connections) {
            connections.remove(exchange.getConnection().getPeerAddress());
        }
        exchange.addExchangeCompleteListener(this::completed);
        next.handleRequest(exchange);
    }

    private void completed(HttpServerExchange exchange, ExchangeCompletionListener.NextListener then) {
        if (exchange.isPersistent() && !exchange.isUpgrade()) {
            add(exchange.getConnection());
        }
        then.proceed();
    }
}
