package dev.switchboard.web;

import dev.switchboard.spi.Transport;
import jakarta.websocket.Session;
import java.time.Duration;
import java.util.concurrent.Executor;

/** Chooses the way out of a session: beneath the WebSocket of the container where its classes are to be seen, else through its API. */
final class Transports {

    private static final boolean SEES_UNDERTOW = sees("io.undertow.websockets.jsr.UndertowSession")
            && sees("org.xnio.conduits.StreamSinkConduit")
            && showsConnections();

    private Transports() {}

    /** Returns whether the application sees a class of the container. */
    static boolean sees(String type) {
        try {
            return Class.forName(type, false, Transports.class.getClassLoader()) != null;
        } catch (ClassNotFoundException hidden) {
            return false;
        }
    }

    /** Returns whether this version of Undertow has the method by which {@link UndertowTransport} finds a connection. */
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

    /** {@code closing} is for closing connections alone, {@code abortAfter} and {@code onClose} are as in {@link SessionTransport}. What TLS writes is for one thread alone, so it goes through the API. */
    static Transport of(
            Session session, HandshakePrincipal visitor, Executor closing, Duration abortAfter, Runnable onClose) {
        boolean isUndertow = session.getClass().getName().startsWith("io.undertow.");
        return SEES_UNDERTOW && isUndertow && !session.isSecure()
                ? new UndertowTransport(session, visitor, closing, onClose)
                : new SessionTransport(session, visitor, abortAfter, onClose);
    }
}
