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

/**
 * Sends frames below the WebSocket of Undertow, by the connection itself.
 *
 * <p>So a frame is encoded once for all its receivers, and the frames that wait leave in one write.
 */
final class UndertowTransport implements Transport {

    private static final System.Logger LOG = System.getLogger(UndertowTransport.class.getName());

    /** The frames of one write. With more the write itself takes the most time. */
    private static final int BATCH = 256;

    private final Session session;
    private final HandshakePrincipal principal;
    private final WebSocketConduit conduit;
    private final Runnable onClose;

    /**
     * {@code closing} is as in {@link ClosingConduit}, {@code onClose} runs when the relay closes
     * the session.
     */
    UndertowTransport(Session session, HandshakePrincipal principal, Executor closing, Runnable onClose) {
        this.session = session;
        this.principal = principal;
        WebSocketChannel channel = ((UndertowSession) session).getWebSocketChannel();
        StreamConnection connection = connection(channel);
        this.conduit = WebSocketConduit.into(
                connection,
                channel::isCloseFrameSent,
                ClosingConduit.of(connection, channel::isCloseFrameReceived, closing));
        this.onClose = onClose;
    }

    /** Returns the connection, which Undertow shows to subclasses only. */
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
        return principal.peer();
    }

    @Override
    public @Nullable Place place() {
        return principal.place();
    }

    @Override
    public void limitBuffering() {
        conduit.limitBuffering();
    }

    @Override
    public void send(Frame frame, Completion completion) {
        conduit.send(frame, completion);
    }

    @Override
    public int batchSize() {
        return BATCH;
    }

    @Override
    public void send(List<Frame> frames, Completion completion) {
        conduit.send(frames, completion);
    }

    @Override
    public void close(Disconnect why, @Nullable Frame word) {
        try {
            if (conduit.close()) {
                session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(why.closeCode()), why.reason()));
            }
        } catch (IOException | RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "closing a session", gone);
        }
        onClose.run();
    }
}
