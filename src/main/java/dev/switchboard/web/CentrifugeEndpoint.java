package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Transport;
import jakarta.websocket.Session;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The client protocol at {@code /connection/websocket}, in JSON or Protobuf as the handshake says (protocol section 1).
 *
 * <p>Some clients send no subprotocol, one sends an empty one; both speak JSON.
 */
public final class CentrifugeEndpoint extends SessionEndpoint {

    static final String PATH = "/connection/websocket";
    static final String JSON = "centrifuge-json";
    static final String PROTOBUF = "centrifuge-protobuf";

    @Override
    Client connect(Relay relay, Transport transport, Session session) {
        return isProtobuf(session.getNegotiatedSubprotocol(), session.getRequestParameterMap())
                ? relay.connectProtobuf(transport)
                : relay.connectJson(transport);
    }

    static boolean isProtobuf(@Nullable String subprotocol, Map<String, List<String>> parameters) {
        if (subprotocol != null && !subprotocol.isEmpty()) {
            return subprotocol.equals(PROTOBUF);
        }
        return List.of("protobuf").equals(parameters.get("format"))
                || List.of("protobuf").equals(parameters.get("cf_protocol"));
    }
}
