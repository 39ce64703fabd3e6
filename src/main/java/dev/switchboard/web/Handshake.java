package dev.switchboard.web;

import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;

/** How a WebSocket connection comes about: does the work of the {@link Gate} for containers that upgrade before filters, and accepts no extension. */
public final class Handshake extends ServerEndpointConfig.Configurator {

    /** None: decompression costs memory before any limit of ours can count it. */
    @Override
    public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
        return List.of();
    }

    /** An exception is the only way to refuse here. */
    @Override
    public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
        if (request.getUserPrincipal() instanceof Visitor) {
            return;
        }
        Problem fault = OpeningHandshake.fault(name -> headers(name, request));
        if (fault != null) {
            throw new IllegalStateException("refused a WebSocket handshake: " + fault.message());
        }
        List<String> host = headers("Host", request);
        Gate.Refusal refusal =
                Gate.refusal(Deployment.relay(), headers("Origin", request), host.isEmpty() ? null : host.get(0), "");
        if (refusal != null) {
            throw new IllegalStateException("refused a WebSocket handshake: " + refusal.label());
        }
    }

    /** Containers differ in whether they find a header in any case. */
    private static List<String> headers(String name, HandshakeRequest request) {
        return request.getHeaders().entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .flatMap(header -> header.getValue().stream())
                .toList();
    }
}
