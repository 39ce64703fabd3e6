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
 * The connections on which no request is under way. They have a bound of their own, because no limit of the relay counts them; beyond it the one that has
 * been idle for longest is closed. Any thread.
 */
final class IdleConnections implements HttpHandler {

    /** A quarter of the files that the process may open, and no more than this. */
    private static final int MOST = 10_000;

    private final HttpHandler next;
    private final int most;

    /** By the client's address and port, in the order in which they became idle; guarded by itself. Some of them may be closed. */
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

    /** No request is under way on it. */
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
