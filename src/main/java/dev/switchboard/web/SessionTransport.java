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

/** The way out through a WebSocket session's asynchronous remote. */
final class SessionTransport implements Transport {

    private static final System.Logger LOG = System.getLogger(SessionTransport.class.getName());

    /**
     * Milliseconds after which Tomcat gives up a close. It does so by itself with any code but
     * 1000, with which it waits 20 s for a client that does not read.
     */
    private static final Long CLOSE_MILLIS = 50L;

    private static final String TOMCATS_TIMEOUT = "org.apache.tomcat.websocket.BLOCKING_SEND_TIMEOUT";

    private final Session session;
    private final HandshakePrincipal visitor;
    private final RemoteEndpoint.Async remote;
    private final Runnable onClose;

    /**
     * {@code abortAfter} is the container's own send timeout. Where it works it is the only thing that frees the socket of a stuck
     * write, so it must be set; it must be longer than the relay's write timeout, because what a container reports at its end is not to be
     * trusted. {@code onClose} runs when the relay closes the session, which not every container reports.
     */
    SessionTransport(Session session, HandshakePrincipal visitor, Duration abortAfter, Runnable onClose) {
        this.onClose = onClose;
        this.session = session;
        this.visitor = visitor;
        this.remote = session.getAsyncRemote();
        remote.setSendTimeout(abortAfter.toMillis());
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
    public void send(Frame frame, Completion completion) {
        SendHandler handler = result -> completion.completed(result.isOK() ? null : failure(result.getException()));
        if (frame instanceof Frame.Text text) {
            remote.sendText(text.text(), handler);
        } else if (frame instanceof Frame.Binary binary) {
            remote.sendBinary(binary.bytes().duplicate(), handler);
        } else {
            ping(completion);
        }
    }

    /** The API has no asynchronous ping. */
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
        onClose.run(); // last: it may ask the container for the HTTP session, which is lost more easily than a close
    }
}
