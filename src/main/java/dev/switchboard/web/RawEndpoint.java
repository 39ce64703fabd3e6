package dev.switchboard.web;

import dev.switchboard.Relay;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.net.URI;
import java.nio.ByteBuffer;

/**
 * Raw forwarding at {@code /raw/{channel}}: one instance for each session.
 *
 * <p>Both message handlers take parts, because only so the memory of a message has a bound on every container.
 */
@ServerEndpoint(value = "/raw/{channel}", configurator = Handshake.class)
public final class RawEndpoint {

    private final Connection connection = new Connection();

    @OnOpen
    public void open(Session session) {
        Relay relay = Deployment.relay();
        connection.open(
                session,
                relay.settings(),
                transport -> relay.connectRaw(
                        transport, channel(session.getRequestURI()), session.getRequestParameterMap()));
    }

    /** The last segment of the path, decoded here: {@code @PathParam} is decoded by some containers and not by others. */
    static String channel(URI uri) {
        String path = uri.getRawPath();
        return URI.create(path.substring(path.lastIndexOf('/'))).getPath().substring(1);
    }

    @OnMessage
    public void text(String part, boolean last) {
        connection.text(part, last);
    }

    @OnMessage
    public void binary(ByteBuffer part, boolean last) {
        connection.binary(part, last);
    }

    @OnMessage
    public void pong(PongMessage pong) {
        connection.pong();
    }

    @OnClose
    public void close(CloseReason reason) {
        connection.closed(reason);
    }

    @OnError
    public void error(Session session, Throwable failure) {
        connection.failed(session, failure);
    }
}
