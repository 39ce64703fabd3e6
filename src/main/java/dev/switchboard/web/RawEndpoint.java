package dev.switchboard.web;

import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.nio.ByteBuffer;

/**
 * Raw forwarding in the channel that the path names.
 *
 * <p>The message handlers take parts: for whole messages not every container limits the memory.
 *
 * <p>The endpoints of the WAR have no common superclass, because Open Liberty refuses inherited
 * methods. They have annotations, because Undertow calls an {@code Endpoint} without them for the
 * end of a connection before it has delivered the last messages.
 */
@ServerEndpoint(value = WebSocketRoute.RAW_PATH + "/{channel}", configurator = HandshakeConfigurator.class)
public final class RawEndpoint {

    private final SessionBinding binding = new SessionBinding();

    @OnOpen
    public void open(Session session) {
        WebSocketRoute.RAW.open(session, binding);
    }

    @OnMessage
    public void text(String part, boolean last) {
        binding.text(part, last);
    }

    @OnMessage
    public void binary(ByteBuffer part, boolean last) {
        binding.binary(part, last);
    }

    @OnMessage
    public void pong(PongMessage pong) {
        binding.pong();
    }

    @OnClose
    public void close(CloseReason reason) {
        binding.closed(reason);
    }

    @OnError
    public void error(Session session, Throwable failure) {
        binding.failed(session, failure);
    }
}
