package dev.switchboard.launcher;

import com.sun.management.UnixOperatingSystemMXBean;
import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import java.io.Closeable;
import java.lang.management.ManagementFactory;
import java.net.SocketAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;

/**
 * Bounds the number of connections without a request under way, which no limit of the relay counts.
 * One too many closes the connection that has been idle for the longest time. Any thread.
 */
final class IdleConnections implements HttpHandler {

    /** Connections; fewer if a quarter of the files that the process may open is less. */
    private static final int MOST = 10_000;

    private final HttpHandler next;
    private final int most;

    /** By address and port of the client, the longest idle first; guarded by itself. Some may be closed. */
    private final Map<SocketAddress, Closeable> connections = new LinkedHashMap<>();

    IdleConnections(HttpHandler next) {
        this(next, mostOf(ManagementFactory.getOperatingSystemMXBean()));
    }

    IdleConnections(HttpHandler next, int most) {
        this.next = next;
        this.most = most;
    }

    private static int mostOf(Object system) {
        long files =
                system instanceof UnixOperatingSystemMXBean unix ? unix.getMaxFileDescriptorCount() : Long.MAX_VALUE;
        return (int) Math.min(MOST, files / 4);
    }

    /** Counts a connection on which no request is under way. */
    void add(@Nullable SocketAddress client, Closeable connection) {
        if (client == null) { // it is closed already
            return;
        }
        Closeable longest = null;
        synchronized (connections) {
            connections.remove(client); // of one that was closed
            connections.put(client, connection);
            if (connections.size() > most) {
                Iterator<Closeable> eldest = connections.values().iterator();
                longest = eldest.next();
                eldest.remove();
            }
        }
        IoUtils.safeClose(longest);
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
            add(exchange.getConnection().getPeerAddress(), exchange.getConnection());
        }
        then.proceed();
    }
}
