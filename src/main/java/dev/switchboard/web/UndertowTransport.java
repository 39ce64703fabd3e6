package dev.switchboard.web;

import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Peer;
import dev.switchboard.hub.Transport;
import io.undertow.server.protocol.framed.AbstractFramedChannel;
import io.undertow.websockets.jsr.UndertowSession;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xnio.StreamConnection;

/** The way out on Undertow: beneath its WebSocket, so that a message is encoded once for all who receive it and what waits leaves in one write. */
final class UndertowTransport implements Transport {

    private static final System.Logger LOG = System.getLogger(UndertowTransport.class.getName());

    /** More than this never waits for one write, see the outbox. */
    private static final int BATCH = 256;

    private final Session session;
    private final Peer peer;
    private final Wire wire;
    private final Runnable onClose;

    /** {@code onClose} runs when the relay closes the session. */
    UndertowTransport(Session session, Peer peer, Runnable onClose) {
        this.session = session;
        this.peer = peer;
        this.wire = Wire.into(connection((UndertowSession) session));
        this.onClose = onClose;
    }

    /** Undertow gives it to its own subclasses alone. */
    private static StreamConnection connection(UndertowSession session) {
        try {
            Method underlying = AbstractFramedChannel.class.getDeclaredMethod("getUnderlyingConnection");
            underlying.setAccessible(true);
            return (StreamConnection) underlying.invoke(session.getWebSocketChannel());
        } catch (ReflectiveOperationException another) {
            throw new IllegalStateException("another version of Undertow", another);
        }
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public void send(Frame frame, Completion completion) {
        wire.send(frame, completion);
    }

    @Override
    public int batchSize() {
        return BATCH;
    }

    @Override
    public void send(List<Frame> frames, Completion completion) {
        wire.send(frames, completion);
    }

    @Override
    public void close(Disconnect why, @Nullable Frame word) {
        if (wire.close()) {
            wire.abort();
        } else {
            try {
                session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(why.code()), why.reason()));
            } catch (IOException | RuntimeException gone) {
                LOG.log(System.Logger.Level.DEBUG, "closing a session", gone);
            }
        }
        onClose.run();
    }
}
