package dev.switchboard.web;

import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.nio.ByteBuffer;

/**
 * Passes the events of one WebSocket session to its binding. The endpoints of the WAR extend it.
 *
 * <p>The message handlers take parts: for whole messages not every container limits the memory.
 */
public abstract class SessionEndpoint {

    private final WebSocketRoute route;
    private final SessionBinding binding = new SessionBinding();

    SessionEndpoint(WebSocketRoute route) {
        this.route = route;
    }

    @OnOpen
    public void open(Session session) {
        route.open(session, binding);
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
