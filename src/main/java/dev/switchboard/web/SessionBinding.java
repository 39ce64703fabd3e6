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
 * One WebSocket session, or one stream, and its client, joined.
 *
 * <p>Containers report the end of a session before its opening has returned, twice, or not at all; in every order the client ends once.
 */
final class SessionBinding {

    private static final System.Logger LOG = System.getLogger(SessionBinding.class.getName());

    private static final Duration ABORT_MARGIN = Duration.ofSeconds(3);

    /** No container cuts a large frame into slices smaller than this, so a message of the full size always fits its number of parts. */
    private static final int SMALLEST_SLICE = 1024;

    private volatile @Nullable Client client; // written under this
    private volatile @Nullable HandshakePrincipal visitor;
    private volatile @Nullable MessageBuffer inbox;
    private @Nullable CloseReason closedEarly; // guarded by this

    /** {@code connect} makes the client; {@code closing} is as in {@link Transports}. */
    void open(
            Session session,
            HandshakePrincipal guest,
            Settings settings,
            Executor closing,
            Function<Transport, Client> connect) {
        session.setMaxIdleTimeout(0); // Jetty has 30 s of its own
        Transport transport = Transports.of(
                session, guest, closing, settings.limits().writeTimeout().plus(ABORT_MARGIN), this::leave);
        Client connected = open(guest, transport, connect);
        int maxBytes = connected.choosesChannels() ? settings.commandBytes() : settings.messageBytes();
        inbox = new MessageBuffer(
                maxBytes,
                Math.max(settings.messageFragments(), maxBytes / SMALLEST_SLICE),
                connected::receive,
                () -> connected.disconnectNow(Disconnect.MESSAGE_TOO_BIG));
        if (!session.isOpen()) {
            // Undertow opens a session also on a connection that broke before, and reports nothing later.
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

    /** For a connection whose messages go straight to the client; {@link #leave} is to follow. */
    Client open(HandshakePrincipal guest, Transport transport, Function<Transport, Client> connect) {
        visitor = guest;
        Client connected = connect.apply(transport);
        CloseReason early;
        synchronized (this) {
            client = connected;
            early = closedEarly;
        }
        guest.entered(connected);
        if (early != null) {
            closed(early);
        } else if (connected.isEnded()) {
            leave();
        }
        return connected;
    }

    /** Whichever side ends it. */
    void leave() {
        Client left = client;
        HandshakePrincipal guest = visitor;
        if (left != null && guest != null) {
            guest.left(left);
        }
    }

    void text(String part, boolean last) {
        take(last, buffer -> buffer.text(part, last));
    }

    void binary(ByteBuffer part, boolean last) {
        take(last, buffer -> buffer.binary(part, last));
    }

    /** Containers bring parts only after the opening has returned, and one at a time. */
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

    /** A sign of life. */
    void pong() {
        Client opened = client;
        if (opened != null) {
            opened.received();
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
            leave();
        }
    }

    /** Where the container means to close it does so next, with the right code; only a session that is gone already ends here. */
    void failed(Session session, Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "session error", failure);
        if (!session.isOpen()) {
            lost();
        }
    }

    /** It is gone without a word. */
    void lost() {
        closed(new CloseReason(CloseReason.CloseCodes.CLOSED_ABNORMALLY, "connection failed"));
    }
}
