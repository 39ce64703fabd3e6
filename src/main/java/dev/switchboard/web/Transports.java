package dev.switchboard.web;

import dev.switchboard.spi.Transport;
import jakarta.websocket.Session;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * Chooses the transport of a session.
 *
 * <p>On Undertow the transport is below the WebSocket of the container, if its classes are visible.
 * Elsewhere, and with TLS, whose conduits allow one thread only, it uses the API.
 */
final class Transports {

    private static final boolean SEES_UNDERTOW = ContainerClass.isVisible("io.undertow.websockets.jsr.UndertowSession")
            && ContainerClass.isVisible("org.xnio.conduits.StreamSinkConduit")
            && showsConnections();

    private Transports() {}

    /**
     * Returns whether this version of Undertow has the method by which {@link UndertowTransport}
     * finds a connection.
     */
    private static boolean showsConnections() {
        try {
            Class<?> channel = Class.forName(
                    "io.undertow.server.protocol.framed.AbstractFramedChannel",
                    false,
                    Transports.class.getClassLoader());
            return channel.getDeclaredMethod("getUnderlyingConnection") != null;
        } catch (ReflectiveOperationException another) {
            return false;
        }
    }

    /**
     * Returns the transport of the session. {@code closing} runs nothing but the closing of
     * connections. {@code abortAfter} and {@code onClose} are as in {@link SessionTransport}.
     */
    static Transport of(
            Session session, HandshakePrincipal principal, Executor closing, Duration abortAfter, Runnable onClose) {
        boolean isUndertow = session.getClass().getName().startsWith("io.undertow.");
        return SEES_UNDERTOW && isUndertow && !session.isSecure()
                ? new UndertowTransport(session, principal, closing, onClose)
                : new SessionTransport(session, principal, abortAfter, onClose);
    }
}
