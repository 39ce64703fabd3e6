package dev.switchboard.web;

import jakarta.websocket.server.ServerEndpoint;

/** Raw forwarding at {@code /raw/{channel}}. */
@ServerEndpoint(value = WebSocketRoute.RAW_PATH, configurator = HandshakeConfigurator.class)
public final class RawEndpoint extends SessionEndpoint {

    public RawEndpoint() {
        super(WebSocketRoute.RAW);
    }
}
