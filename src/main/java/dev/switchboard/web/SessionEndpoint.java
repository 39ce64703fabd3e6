package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Transport;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import java.nio.ByteBuffer;

/**
 * What all endpoints have in common: one instance for each session, and a client behind it.
 *
 * <p>Both message handlers take parts, because only so the memory of a message has a bound on every container. No annotation names the path: a container
 * would find it in the jar of an application as well, where the path is another one.
 */
public abstract class SessionEndpoint extends Endpoint {

    private final Connection connection = new Connection();

    /** Takes in the client of this session. */
    abstract Client connect(Relay relay, Transport transport, Session session);

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        // The handlers first: the client may be turned away at once, and a closed session takes none.
        session.addMessageHandler(String.class, (MessageHandler.Partial<String>) connection::text);
        session.addMessageHandler(ByteBuffer.class, (MessageHandler.Partial<ByteBuffer>) connection::binary);
        session.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>) pong -> connection.pong());
        Relay relay = Deployment.relay();
        connection.open(session, relay.settings(), transport -> connect(relay, transport, session));
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        connection.closed(reason);
    }

    @Override
    public void onError(Session session, Throwable failure) {
        connection.failed(session, failure);
    }
}
