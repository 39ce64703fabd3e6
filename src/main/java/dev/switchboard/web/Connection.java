package dev.switchboard.web;

import dev.switchboard.Settings;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Transport;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket session and its client, joined.
 *
 * <p>Containers report the end of a session before its opening has returned, twice, or not at all; in every order the client ends once.
 */
final class Connection {

    private static final System.Logger LOG = System.getLogger(Connection.class.getName());

    private static final Duration ABORT_MARGIN = Duration.ofSeconds(3);

    private volatile @Nullable Client client; // written under this
    private volatile @Nullable MessageBuffer inbox;
    private @Nullable CloseReason closedEarly; // guarded by this

    /** {@code connect} makes the client; nothing is received before this returns. */
    void open(Session session, Settings settings, Function<Transport, Client> connect) {
        session.setMaxIdleTimeout(0); // Jetty has 30 s of its own
        Client connected = connect.apply(
                new SessionTransport(session, settings.limits().writeTimeout().plus(ABORT_MARGIN)));
        inbox = new MessageBuffer(
                settings.messageBytes(),
                settings.messageFragments(),
                connected::receive,
                () -> connected.disconnect(Disconnect.MESSAGE_TOO_BIG));
        CloseReason early;
        synchronized (this) {
            client = connected;
            early = closedEarly;
        }
        if (early != null) {
            closed(early);
        }
    }

    void text(String part, boolean last) {
        heard();
        MessageBuffer opened = inbox;
        if (opened != null) {
            opened.text(part, last);
        }
    }

    void binary(ByteBuffer part, boolean last) {
        heard();
        MessageBuffer opened = inbox;
        if (opened != null) {
            opened.binary(part, last);
        }
    }

    /** A pong came, or a part of a message. */
    void heard() {
        Client opened = client;
        if (opened != null) {
            opened.heard();
        }
    }

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
        }
    }

    /** Where the container means to close it does so next, with the right code; only a session that is gone already ends here. */
    void failed(Session session, Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "session error", failure);
        if (!session.isOpen()) {
            closed(new CloseReason(CloseReason.CloseCodes.CLOSED_ABNORMALLY, "connection failed"));
        }
    }
}
