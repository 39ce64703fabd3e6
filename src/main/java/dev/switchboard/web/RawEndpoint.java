package dev.switchboard.web;

import jakarta.websocket.server.ServerEndpoint;

/** Raw forwarding at {@code /raw/{channel}}. */
@ServerEndpoint(value = Entrance.RAW_PATH, configurator = Handshake.class)
public final class RawEndpoint extends SessionEndpoint {

    public RawEndpoint() {
        super(Entrance.RAW);
    }
}
