package dev.switchboard.web;

import dev.switchboard.limits.Admission.Place;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.spi.Transport;
import io.undertow.server.protocol.framed.AbstractFramedChannel;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.jsr.UndertowSession;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.xnio.StreamConnection;

/** The way out on Undertow: beneath its WebSocket, so that a message is encoded once for all who receive it and what waits leaves in one write. */
final class UndertowTransport implements Transport {

    private static final System.Logger LOG = System.getLogger(UndertowTransport.class.getName());

    /** More frames bring nothing: by then the write itself is what takes the time. */
    private static final int BATCH = 256;

    private final Session session;
    private final HandshakePrincipal visitor;
    private final WebSocketConduit wire;
    private final Runnable onClose;

    /** {@code closing} is as in {@link ClosingConduit}, {@code onClose} runs when the relay closes the session. */
    UndertowTransport(Session session, HandshakePrincipal visitor, Executor closing, Runnable onClose) {
        this.session = session;
        this.visitor = visitor;
        WebSocketChannel channel = ((UndertowSession) session).getWebSocketChannel();
        StreamConnection connection = connection(channel);
        this.wire = WebSocketConduit.into(
                connection,
                channel::isCloseFrameSent,
                ClosingConduit.of(connection, channel::isCloseFrameReceived, closing));
        this.onClose = onClose;
    }

    /** Undertow gives it to its own subclasses alone. */
    private static StreamConnection connection(WebSocketChannel channel) {
        try {
            Method underlying = AbstractFramedChannel.class.getDeclaredMethod("getUnderlyingConnection");
            underlying.setAccessible(true);
            return (StreamConnection) underlying.invoke(channel);
        } catch (ReflectiveOperationException another) {
            throw new IllegalStateException("another version of Undertow", another);
        }
    }

    @Override
    public Peer peer() {
        return visitor.peer();
    }

    @Override
    public @Nullable Place place() {
        return visitor.place();
    }

    @Override
    public void limitBuffering() {
        wire.limitBuffering();
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
        try {
            if (wire.close()) {
                session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(why.closeCode()), why.reason()));
            }
        } catch (IOException | RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "closing a session", gone);
        }
        onClose.run();
    }
}
