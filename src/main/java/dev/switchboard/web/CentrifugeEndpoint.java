package dev.switchboard.web;

import jakarta.websocket.server.ServerEndpoint;

/** The client protocol at {@code /connection/websocket}. */
@ServerEndpoint(
        value = Entrance.CENTRIFUGE_PATH,
        subprotocols = {Entrance.PROTOBUF, Entrance.JSON},
        configurator = Handshake.class)
public final class CentrifugeEndpoint extends SessionEndpoint {

    public CentrifugeEndpoint() {
        super(Entrance.CENTRIFUGE);
    }
}
