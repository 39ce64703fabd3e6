package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.limits.Admission;
import jakarta.websocket.Extension;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Configures the WebSocket handshake of the container.
 *
 * <p>It accepts no extension. It checks a handshake that has passed no {@link HandshakeFilter},
 * because some containers upgrade before filters run.
 */
public final class HandshakeConfigurator extends ServerEndpointConfig.Configurator {

    /** RFC 9110 section 5.6.2. */
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /** Returns none: decompression takes memory before a limit of the relay can count it. */
    @Override
    public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
        return List.of();
    }

    /**
     * Selects the first subprotocol for raw forwarding, which carries any.
     *
     * <p>A browser that offers subprotocols gives up if the server selects none.
     */
    @Override
    public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
        if (!supported.isEmpty()) {
            return super.getNegotiatedSubprotocol(supported, requested);
        }
        return requested.stream()
                .map(String::strip)
                .filter(TOKEN.asMatchPredicate())
                .findFirst()
                .orElse("");
    }

    /** Refuses by an exception, because the API has no other way. */
    @Override
    public void modifyHandshake(ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
        if (request.getUserPrincipal() instanceof HandshakePrincipal principal) {
            WebSocketRoute.at(config.getPath()).prepare(Deployment.relay(), principal, request);
            return;
        }
        HttpError fault = OpeningHandshake.fault(name -> headers(name, request));
        if (fault != null) {
            Deployment.relay().counters().refusals().count(OpeningHandshake.MALFORMED);
            visit(request).refused(fault, Deployment.relay());
            throw new IllegalStateException("refused a WebSocket handshake: " + fault.message());
        }
        Relay relay = Deployment.relay();
        Visit visit = visit(request);
        Refusal refusal = HandshakeFilter.refusal(relay, visit, Set.of());
        Admission.Refusal full = refusal == null ? relay.admission().refusal("") : null;
        refusal = full == null ? refusal : Refusal.of(full).reported(visit, relay);
        if (refusal != null) {
            throw new IllegalStateException("refused a WebSocket handshake: " + refusal.label());
        }
    }

    private static Visit visit(HandshakeRequest request) {
        String host = headers("Host", request).stream().findFirst().orElse(null);
        return Visit.handshake(request.getRequestURI().getPath(), headers("Origin", request), host);
    }

    /**
     * Returns the values of a header in any case. Some containers distinguish upper and lower case.
     */
    private static List<String> headers(String name, HandshakeRequest request) {
        return request.getHeaders().entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .flatMap(header -> header.getValue().stream())
                .toList();
    }
}
