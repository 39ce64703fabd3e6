package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Transport;
import jakarta.websocket.Session;
import java.net.URI;

/** Raw forwarding at {@code /raw/{channel}}. */
public final class RawEndpoint extends SessionEndpoint {

    static final String PATH = "/raw/{channel}";

    @Override
    Client connect(Relay relay, Transport transport, Session session) {
        return relay.connectRaw(transport, channel(session.getRequestURI()), session.getRequestParameterMap());
    }

    /** The last segment of the path, decoded here: {@code @PathParam} is decoded by some containers and not by others. */
    static String channel(URI uri) {
        String path = uri.getRawPath();
        return URI.create(path.substring(path.lastIndexOf('/'))).getPath().substring(1);
    }
}
