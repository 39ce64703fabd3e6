package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.hub.Client;
import dev.switchboard.limits.Admission.Place;
import dev.switchboard.spi.Transport;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Connects the clients that open a WebSocket, by the protocol of its path. */
enum WebSocketRoute {
    /** Raw forwarding in the channel that the path names. */
    RAW(WebSocketRoute.RAW_PATH + "/{channel}", List.of()) {
        @Override
        Client connect(Relay relay, Transport transport, Session session) {
            return connectRaw(relay, transport, session);
        }

        @Override
        void prepare(Relay relay, HandshakePrincipal principal, HandshakeRequest request) {
            prepareRaw(relay, principal, request);
        }
    },
    /** Raw forwarding in the channel that a parameter names. */
    RAW_BY_PARAMETER(WebSocketRoute.RAW_PATH, List.of()) {
        @Override
        Client connect(Relay relay, Transport transport, Session session) {
            return connectRaw(relay, transport, session);
        }

        @Override
        void prepare(Relay relay, HandshakePrincipal principal, HandshakeRequest request) {
            prepareRaw(relay, principal, request);
        }
    },
    /**
     * The client protocol, in JSON or Protobuf as the handshake says (protocol section 1). A client
     * without a subprotocol, or with an empty one, uses JSON unless a parameter asks for Protobuf.
     */
    CENTRIFUGE(WebSocketRoute.CENTRIFUGE_PATH, List.of(WebSocketRoute.PROTOBUF, WebSocketRoute.JSON)) {
        @Override
        Client connect(Relay relay, Transport transport, Session session) {
            return isProtobuf(session.getNegotiatedSubprotocol(), session.getRequestParameterMap())
                    ? relay.protocols().connectProtobuf(transport)
                    : relay.protocols().connectJson(transport);
        }
    };

    static final String RAW_PATH = "/raw";
    static final String CENTRIFUGE_PATH = "/connection/websocket";
    static final String JSON = "centrifuge-json";
    static final String PROTOBUF = "centrifuge-protobuf";

    /** The parameters that ask, by the value {@code protobuf}, for Protobuf. */
    static final Set<String> PROTOBUF_PARAMETERS = Set.of("format", "cf_protocol");

    private final String path;
    private final List<String> subprotocols;

    WebSocketRoute(String path, List<String> subprotocols) {
        this.path = path;
        this.subprotocols = subprotocols;
    }

    String path() {
        return path;
    }

    List<String> subprotocols() {
        return subprotocols;
    }

    /** Connects the client of a session that the container has opened. */
    void open(Session session, SessionBinding binding) {
        Relay relay = Deployment.relay();
        HandshakePrincipal arrived = HandshakePrincipal.of(session);
        PendingHandshake unanswered = arrived.handshake();
        if (unanswered != null) {
            unanswered.sendAnswer();
        }
        HandshakePrincipal principal = withPlace(arrived, relay);
        if (principal == null) {
            binding.refuse(session);
            return;
        }
        PendingHandshake handshake = principal.handshake();
        try {
            binding.open(session, principal, relay.settings(), relay.closing(), transport -> {
                Client early = handshake == null ? null : handshake.client(transport, relay.background());
                return early == null ? connect(relay, transport, session) : early;
            });
            if (handshake != null) {
                handshake.forget();
            }
        } catch (RuntimeException | Error failure) {
            if (handshake != null) {
                handshake.fail();
            }
            throw failure;
        }
    }

    /**
     * Returns the principal with its place, or with another if that was given back. Returns null if
     * no place is free.
     */
    private static @Nullable HandshakePrincipal withPlace(HandshakePrincipal principal, Relay relay) {
        PendingHandshake handshake = principal.handshake();
        if (handshake == null || handshake.open()) {
            return principal;
        }
        if (relay.admission().take(principal.peer().address()) instanceof Place place) {
            PendingHandshake another = new PendingHandshake(place, System::nanoTime);
            return another.open() ? principal.with(another) : null;
        }
        return null;
    }

    /** Prepares the client before the handshake is answered. */
    void prepare(Relay relay, HandshakePrincipal principal, HandshakeRequest request) {}

    /** Returns the route whose endpoint has that path. */
    static WebSocketRoute at(String path) {
        return Stream.of(values())
                .filter(route -> path.endsWith(route.path))
                .findFirst()
                .orElseThrow();
    }

    /** Returns a new client for the session. */
    abstract Client connect(Relay relay, Transport transport, Session session);

    private static Client connectRaw(Relay relay, Transport transport, Session session) {
        Map<String, List<String>> parameters = session.getRequestParameterMap();
        return relay.protocols().connectRaw(transport, RawUrl.channel(session.getRequestURI(), parameters), parameters);
    }

    /** Connects the client now, so that it is in its channel before its socket opens. */
    private static void prepareRaw(Relay relay, HandshakePrincipal principal, HandshakeRequest request) {
        PendingHandshake handshake = principal.handshake();
        Map<String, List<String>> parameters = Query.parameters(request.getQueryString());
        if (handshake != null && parameters != null) {
            handshake.connect(
                    new HeldTransport(principal.peer(), handshake.place()),
                    to -> relay.protocols()
                            .connectRaw(to, RawUrl.channel(request.getRequestURI(), parameters), parameters));
        }
    }

    /** Returns whether a client uses Protobuf. A subprotocol counts more than parameters. */
    static boolean isProtobuf(@Nullable String subprotocol, Map<String, List<String>> parameters) {
        if (subprotocol != null && !subprotocol.isEmpty()) {
            return subprotocol.equals(PROTOBUF);
        }
        return PROTOBUF_PARAMETERS.stream().anyMatch(name -> List.of("protobuf").equals(parameters.get(name)));
    }
}
