package dev.switchboard.web;

import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a WebSocket connection comes about: checks the origin once more, for containers that upgrade before filters, and accepts no extension. */
public final class Handshake extends ServerEndpointConfig.Configurator {

    /** None: decompression costs memory before any limit of ours can count it. */
    @Override
    public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
        return List.of();
    }

    /** An exception is the only way to refuse here; no container completes the handshake after it. */
    @Override
    public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
        if (!Deployment.relay().settings().origins().allows(header("Origin", request), header("Host", request))) {
            throw new IllegalStateException("refused a WebSocket handshake from a foreign origin");
        }
    }

    private static @Nullable String header(String name, HandshakeRequest request) {
        for (Map.Entry<String, List<String>> header : request.getHeaders().entrySet()) {
            if (header.getKey().equalsIgnoreCase(name) && !header.getValue().isEmpty()) {
                return header.getValue().get(0);
            }
        }
        return null;
    }
}
