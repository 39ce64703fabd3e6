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
 * Passes the events of one WebSocket session to its binding, as {@link RawEndpoint} does, within an
 * application.
 *
 * <p>It has no annotation: containers would find that in the jar, and serve the endpoint at the
 * root of the application. It is not abstract, because Tyrus logs a warning for such a class.
 */
public final class LibraryEndpoint extends Endpoint {

    private final SessionBinding binding = new SessionBinding();

    /** Adds the endpoints of all routes to the context, below {@code root}. */
    static void add(ServletContext context, String root) {
        ServerContainer container = (ServerContainer) context.getAttribute(ServerContainer.class.getName());
        if (container == null) {
            throw new IllegalStateException("this container has no WebSocket");
        }
        for (WebSocketRoute route : WebSocketRoute.values()) {
            String path = root + route.path();
            try {
                container.addEndpoint(ServerEndpointConfig.Builder.create(LibraryEndpoint.class, path)
                        .subprotocols(route.subprotocols())
                        .configurator(new HandshakeConfigurator())
                        .build());
            } catch (DeploymentException refused) {
                throw new IllegalStateException("no endpoint at " + path, refused);
            }
        }
    }

    @Override
    public void onOpen(Session session, EndpointConfig config) {
        // First the handlers: opening may close the session, and a closed session accepts none.
        session.addMessageHandler(String.class, (MessageHandler.Partial<String>) binding::text);
        session.addMessageHandler(ByteBuffer.class, (MessageHandler.Partial<ByteBuffer>) binding::binary);
        session.addMessageHandler(PongMessage.class, (MessageHandler.Whole<PongMessage>) pong -> binding.pong());
        WebSocketRoute.at(((ServerEndpointConfig) config).getPath()).open(session, binding);
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
        binding.closed(reason);
    }

    @Override
    public void onError(Session session, Throwable failure) {
        binding.failed(session, failure);
    }
}
