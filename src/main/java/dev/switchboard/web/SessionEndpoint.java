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
 * What the endpoints of the WAR have in common: one instance for each session, and a client behind it.
 *
 * <p>Both message handlers take parts, because only so the memory of a message has a bound on every container.
 */
public abstract class SessionEndpoint {

    private final WebSocketRoute entrance;
    private final SessionBinding connection = new SessionBinding();

    SessionEndpoint(WebSocketRoute entrance) {
        this.entrance = entrance;
    }

    @OnOpen
    public void open(Session session) {
        entrance.open(session, connection);
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
