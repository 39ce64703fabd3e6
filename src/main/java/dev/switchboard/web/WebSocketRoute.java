package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.hub.Client;
import dev.switchboard.limits.Admission.Place;
import dev.switchboard.spi.Transport;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a client comes for that opens a WebSocket, which the path says. */
enum WebSocketRoute {
    /** Raw forwarding in the channel that is the last segment of the path. */
    RAW(WebSocketRoute.RAW_PATH, List.of()) {
        @Override
        Client connect(Relay relay, Transport transport, Session session) {
            return relay.protocols()
                    .connectRaw(transport, channel(session.getRequestURI()), session.getRequestParameterMap());
        }

        /** Connects the client now, so that it is in its channel before its socket opens. */
        @Override
        void prepare(Relay relay, HandshakePrincipal visitor, HandshakeRequest request) {
            PendingHandshake arrival = visitor.arrival();
            Map<String, List<String>> parameters = Query.parameters(request.getQueryString());
            if (arrival != null && parameters != null) {
                arrival.connect(
                        new HeldTransport(visitor.peer(), arrival.place()),
                        to -> relay.protocols().connectRaw(to, channel(request.getRequestURI()), parameters));
            }
        }
    },
    /**
     * The client protocol, in JSON or Protobuf as the handshake says (protocol section 1). Some clients send no subprotocol, one sends an empty one;
     * both speak JSON.
     */
    CENTRIFUGE(WebSocketRoute.CENTRIFUGE_PATH, List.of(WebSocketRoute.PROTOBUF, WebSocketRoute.JSON)) {
        @Override
        Client connect(Relay relay, Transport transport, Session session) {
            return isProtobuf(session.getNegotiatedSubprotocol(), session.getRequestParameterMap())
                    ? relay.protocols().connectProtobuf(transport)
                    : relay.protocols().connectJson(transport);
        }
    };

    static final String RAW_PATH = "/raw/{channel}";
    static final String CENTRIFUGE_PATH = "/connection/websocket";
    static final String JSON = "centrifuge-json";
    static final String PROTOBUF = "centrifuge-protobuf";

    /** Each of them asks for Protobuf if its value is {@code protobuf}. */
    static final Set<String> PROTOBUF_PARAMETERS = Set.of("format", "cf_protocol");

    private static final Pattern SLASH = Pattern.compile("\\\\|%2f|%5c", Pattern.CASE_INSENSITIVE);

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

    /** The container has opened the session. */
    void open(Session session, SessionBinding connection) {
        Relay relay = Deployment.relay();
        HandshakePrincipal visitor = readmitted(HandshakePrincipal.of(session), relay);
        if (visitor == null) {
            connection.refuse(session);
            return;
        }
        PendingHandshake arrival = visitor.arrival();
        try {
            connection.open(session, visitor, relay.settings(), relay.closing(), transport -> {
                Client early = arrival == null ? null : arrival.client(transport, relay.background());
                return early == null ? connect(relay, transport, session) : early;
            });
            if (arrival != null) {
                arrival.forget();
            }
        } catch (RuntimeException | Error failure) {
            if (arrival != null) {
                arrival.fail();
            }
            throw failure;
        }
    }

    /** Takes another place for a session that opens after its place was given back. Returns null if there is none. */
    private static @Nullable HandshakePrincipal readmitted(HandshakePrincipal visitor, Relay relay) {
        PendingHandshake arrival = visitor.arrival();
        if (arrival == null || arrival.open()) {
            return visitor;
        }
        if (relay.admission().take(visitor.peer().address()) instanceof Place place) {
            PendingHandshake another = new PendingHandshake(place, System::nanoTime);
            return another.open() ? visitor.arriving(another) : null;
        }
        return null;
    }

    /** Prepares the visitor's client before the handshake is answered. */
    void prepare(Relay relay, HandshakePrincipal visitor, HandshakeRequest request) {}

    /** Returns the entrance whose endpoint has that path. */
    static WebSocketRoute at(String path) {
        return path.endsWith(RAW_PATH) ? RAW : CENTRIFUGE;
    }

    /** Takes in the client of this session. */
    abstract Client connect(Relay relay, Transport transport, Session session);

    /**
     * Returns true if the name of the channel has a slash or a backslash. Some containers refuse such
     * a path by themselves, so the relay refuses it on all.
     */
    static boolean hasSlash(String path) {
        return SLASH.matcher(path.substring(path.lastIndexOf('/') + 1)).find();
    }

    /** The last segment of the path, decoded here: {@code @PathParam} is decoded by some containers and not by others. */
    static String channel(URI uri) {
        String path = uri.getRawPath();
        return URI.create(path.substring(path.lastIndexOf('/'))).getPath().substring(1);
    }

    static boolean isProtobuf(@Nullable String subprotocol, Map<String, List<String>> parameters) {
        if (subprotocol != null && !subprotocol.isEmpty()) {
            return subprotocol.equals(PROTOBUF);
        }
        return PROTOBUF_PARAMETERS.stream().anyMatch(name -> List.of("protobuf").equals(parameters.get(name)));
    }
}
