package dev.switchboard.web;

import jakarta.websocket.server.ServerEndpoint;

/** The client protocol at {@code /connection/websocket}. */
@ServerEndpoint(
        value = WebSocketRoute.CENTRIFUGE_PATH,
        subprotocols = {WebSocketRoute.PROTOBUF, WebSocketRoute.JSON},
        configurator = HandshakeConfigurator.class)
public final class CentrifugeEndpoint extends SessionEndpoint {

    public CentrifugeEndpoint() {
        super(WebSocketRoute.CENTRIFUGE);
    }
}
