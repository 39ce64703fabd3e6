package dev.switchboard.web;

import dev.switchboard.Settings;
import dev.switchboard.hub.Client;
import dev.switchboard.model.Disconnect;
import dev.switchboard.spi.Transport;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Joins a WebSocket session, or a stream, with its client.
 *
 * <p>Containers report the end of a session before its opening has returned, twice, or not at all.
 * The client ends once in each case.
 */
final class SessionBinding {

    private static final System.Logger LOG = System.getLogger(SessionBinding.class.getName());

    /** The time by which the send timeout of the container is longer than that of the relay. */
    private static final Duration ABORT_MARGIN = Duration.ofSeconds(3);

    /**
     * The bytes of the smallest part into which a container divides a large frame. By it the
     * maximum number of parts always allows a message of the maximum size.
     */
    private static final int SMALLEST_PART = 1024;

    private volatile @Nullable Client client; // written under this
    private volatile @Nullable HandshakePrincipal principal;
    private volatile @Nullable MessageBuffer inbox;
    private @Nullable CloseReason closedEarly; // guarded by this

    /**
     * Connects the client of a session by {@code connect}. {@code closing} is as in
     * {@link Transports}.
     */
    void open(
            Session session,
            HandshakePrincipal principal,
            Settings settings,
            Executor closing,
            Function<Transport, Client> connect) {
        session.setMaxIdleTimeout(0); // Jetty has 30 s of its own
        Transport transport = Transports.of(
                session, principal, closing, settings.limits().writeTimeout().plus(ABORT_MARGIN), this::leave);
        Client connected = open(principal, transport, connect);
        int maxBytes = connected.choosesChannels() ? settings.commandBytes() : settings.messageBytes();
        inbox = new MessageBuffer(
                maxBytes,
                Math.max(settings.messageFragments(), maxBytes / SMALLEST_PART),
                connected::receive,
                () -> connected.disconnectNow(Disconnect.MESSAGE_TOO_BIG));
        if (!session.isOpen()) {
            // Undertow also opens a session of a broken connection, and does not report its end.
            lost();
        }
    }

    /** Closes a session for which there is no place. */
    void refuse(Session session) {
        try {
            session.close(new CloseReason(CloseReason.CloseCodes.TRY_AGAIN_LATER, "no room"));
        } catch (IOException gone) {
            LOG.log(System.Logger.Level.DEBUG, "refusing a session", gone);
        }
    }

    /** Connects a client that gets its messages by other ways. {@link #leave} follows. */
    Client open(HandshakePrincipal principal, Transport transport, Function<Transport, Client> connect) {
        this.principal = principal;
        Client connected = connect.apply(transport);
        CloseReason early;
        synchronized (this) {
            client = connected;
            early = closedEarly;
        }
        principal.entered(connected);
        if (early != null) {
            closed(early);
        } else if (connected.isEnded()) {
            leave();
        }
        return connected;
    }

    /**
     * Ends the binding, whether the relay or the client has ended the connection. May be called
     * again.
     */
    void leave() {
        Client left = client;
        HandshakePrincipal known = principal;
        if (left != null && known != null) {
            known.left(left);
        }
    }

    void text(String part, boolean last) {
        take(last, buffer -> buffer.text(part, last));
    }

    void binary(ByteBuffer part, boolean last) {
        take(last, buffer -> buffer.binary(part, last));
    }

    /** Takes a part of a message. Containers deliver parts after the opening, one at a time. */
    private void take(boolean last, Consumer<MessageBuffer> part) {
        Client opened = client;
        if (opened == null) {
            return; // the session was refused
        }
        opened.received();
        MessageBuffer buffer = Objects.requireNonNull(inbox);
        try {
            part.accept(buffer);
        } catch (Throwable failure) {
            opened.failed(failure);
        }
        if (!last) {
            opened.receiving(buffer.held());
        }
    }

    /** Notes a sign of life. */
    void pong() {
        Client opened = client;
        if (opened != null) {
            opened.received();
        }
    }

    /** Ends the client with the reason that the container reports. */
    void closed(CloseReason reason) {
        Client ended;
        synchronized (this) {
            ended = client;
            if (ended == null) {
                closedEarly = reason;
            }
        }
        if (ended != null) {
            String phrase = reason.getReasonPhrase();
            ended.closed(reason.getCloseCode().getCode(), phrase == null ? "" : phrase);
            leave();
        }
    }

    /**
     * Ends the client if its session is closed. Otherwise the container closes the session next,
     * with the right code.
     */
    void failed(Session session, Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "session error", failure);
        if (!session.isOpen()) {
            lost();
        }
    }

    /** Ends the client of a connection that has broken. */
    void lost() {
        closed(new CloseReason(CloseReason.CloseCodes.CLOSED_ABNORMALLY, "connection failed"));
    }
}
