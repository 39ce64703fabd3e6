package dev.switchboard.web;

import dev.switchboard.limits.Admission.Place;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.spi.Transport;
import jakarta.websocket.CloseReason;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendHandler;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Sends frames by the asynchronous API of a WebSocket session. */
final class SessionTransport implements Transport {

    private static final System.Logger LOG = System.getLogger(SessionTransport.class.getName());

    /**
     * The milliseconds after which Tomcat gives up a close with the code 1000. By itself it waits
     * 20 s for a client that does not read. With other codes it does not wait.
     */
    private static final Long CLOSE_MILLIS = 50L;

    private static final String TOMCATS_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";

    private final Session session;
    private final HandshakePrincipal principal;
    private final RemoteEndpoint.Async remote;
    private final Runnable onClose;
    private final boolean isLiberty;

    /**
     * {@code abortAfter} is the send timeout of the container, which alone can free the socket of a
     * stuck write. It is longer than the write timeout of the relay, because containers report its
     * end in different ways. {@code onClose} runs when the relay closes the session, which not
     * every container reports.
     */
    SessionTransport(Session session, HandshakePrincipal principal, Duration abortAfter, Runnable onClose) {
        this.onClose = onClose;
        this.session = session;
        this.principal = principal;
        this.remote = session.getAsyncRemote();
        this.isLiberty = session.getClass().getName().startsWith("com.ibm.ws.wsoc.");
        remote.setSendTimeout(abortAfter.toMillis());
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
    public void send(Frame frame, Completion completion) {
        SendHandler handler = result -> completion.completed(result.isOK() ? null : failure(result.getException()));
        if (frame instanceof Frame.Text text) {
            remote.sendText(text.text(), handler);
        } else if (frame instanceof Frame.Binary binary) {
            ByteBuffer bytes = binary.bytes().duplicate();
            remote.sendBinary(isLiberty ? copy(bytes) : bytes, handler);
        } else {
            ping(completion);
        }
    }

    /** Returns a buffer with an array: Open Liberty fails at a read-only one. */
    private static ByteBuffer copy(ByteBuffer bytes) {
        return ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
    }

    /** Sends a ping, and may block, because the API has no asynchronous ping. */
    private void ping(Completion completion) {
        try {
            remote.sendPing(ByteBuffer.allocate(0));
            completion.completed(null);
        } catch (IOException failure) {
            completion.completed(failure);
        }
    }

    private static Throwable failure(@Nullable Throwable reported) {
        return reported == null ? new IOException("the container gave no reason") : reported;
    }

    @Override
    public void close(Disconnect why, @Nullable Frame word) {
        try {
            if (why.isSilent()) {
                session.getUserProperties().put(TOMCATS_TIMEOUT, CLOSE_MILLIS);
            }
            session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(why.closeCode()), why.reason()));
        } catch (IOException | RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "closing a session", gone);
        }
        onClose.run(); // last: it may ask the container for the HTTP session, and that may fail
    }
}
