package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Disconnect;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Raw forwarding at {@code /raw/{channel}}: one instance for each session.
 *
 * <p>Both message handlers take parts, because only so the memory of a message has a bound on every container.
 */
@ServerEndpoint(value = "/raw/{channel}", configurator = Handshake.class)
public final class RawEndpoint {

    private static final System.Logger LOG = System.getLogger(RawEndpoint.class.getName());

    private static final Duration ABORT_MARGIN = Duration.ofSeconds(3);

    private record Connection(Client client, MessageBuffer inbox) {}

    private volatile @Nullable Connection connection;

    @OnOpen
    public void open(Session session) {
        Relay relay = Deployment.relay();
        Settings settings = relay.settings();
        session.setMaxIdleTimeout(0);
        Client client = relay.connectRaw(
                new SessionTransport(session, settings.limits().writeTimeout().plus(ABORT_MARGIN)),
                channel(session.getRequestURI()),
                session.getRequestParameterMap());
        connection = new Connection(
                client,
                new MessageBuffer(
                        settings.messageBytes(),
                        settings.messageFragments(),
                        client::receive,
                        () -> client.disconnect(Disconnect.MESSAGE_TOO_BIG)));
        if (!session.isOpen()) { // it closed before there was anybody to tell
            client.closed(CloseReason.CloseCodes.CLOSED_ABNORMALLY.getCode(), "closed while opening");
        }
    }

    /** The last segment of the path, decoded here: {@code @PathParam} is decoded by some containers and not by others. */
    static String channel(URI uri) {
        String path = uri.getRawPath();
        String segment = path.substring(path.lastIndexOf('/'));
        return URI.create(segment).getPath().substring(1);
    }

    @OnMessage
    public void text(String part, boolean last) {
        Connection open = connection;
        if (open != null) {
            open.inbox.text(part, last);
        }
    }

    @OnMessage
    public void binary(ByteBuffer part, boolean last) {
        Connection open = connection;
        if (open != null) {
            open.inbox.binary(part, last);
        }
    }

    @OnClose
    public void close(CloseReason reason) {
        Connection open = connection;
        if (open != null) {
            open.client.closed(
                    reason.getCloseCode().getCode(), reason.getReasonPhrase() == null ? "" : reason.getReasonPhrase());
        }
    }

    /** Where the container means to close it does so itself, with the right code; only a session that is gone already ends here. */
    @OnError
    public void error(Session session, Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "session error", failure);
        Connection open = connection;
        if (open != null && !session.isOpen()) {
            open.client.closed(CloseReason.CloseCodes.CLOSED_ABNORMALLY.getCode(), "connection failed");
        }
    }
}
