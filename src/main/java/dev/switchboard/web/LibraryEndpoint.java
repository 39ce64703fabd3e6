package dev.switchboard.web;

import jakarta.servlet.ServletContext;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.ByteBuffer;

/**
 * As {@link SessionEndpoint}, within an application, where an annotation cannot name the path: containers would find it in the jar, and serve it at the
 * root of the application.
 */
public abstract class LibraryEndpoint extends Endpoint {

    private final WebSocketRoute entrance;
    private final SessionBinding connection = new SessionBinding();

    private LibraryEndpoint(WebSocketRoute entrance) {
        this.entrance = entrance;
    }

    /** Raw forwarding. */
    public static final class Raw extends LibraryEndpoint {
        public Raw() {
            super(WebSocketRoute.RAW);
        }
    }

    /** The client protocol. */
    public static final class Centrifuge extends LibraryEndpoint {
        public Centrifuge() {
            super(WebSocketRoute.CENTRIFUGE);
        }
    }

    /** Serves all of them below {@code root}, as long as the context lasts. */
    static void add(ServletContext context, String root) {
        ServerContainer container = (ServerContainer) context.getAttribute(ServerContainer.class.getName());
        if (container == null) {
            throw new IllegalStateException("this container has no WebSocket");
        }
        add(container, root, WebSocketRoute.RAW, Raw.class);
        add(container, root, WebSocketRoute.CENTRIFUGE, Centrifuge.class);
    }

    private static void add(ServerContainer container, String root, WebSocketRoute entrance, Class<?> type) {
        try {
            container.addEndpoint(ServerEndpointConfig.Builder.create(type, root + entrance.path())
                    .subprotocols(entrance.subprotocols())
                    .configurator(new HandshakeConfigurator())
                    .build());
        } catch (DeploymentException refused) {
            throw new IllegalStateException("no endpoint at " + root + entrance.path(), refused);
        }
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        // The handlers first: the client may be turned away at once, and a closed session takes none.
        session.addMessageHandler(String.class, (MessageHandler.Partial<String>) connection::text);
        session.addMessageHandler(ByteBuffer.class, (MessageHandler.Partial<ByteBuffer>) connection::binary);
        session.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>) pong -> connection.pong());
        entrance.open(session, connection);
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
