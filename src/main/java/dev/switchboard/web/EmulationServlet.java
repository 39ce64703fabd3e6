package dev.switchboard.web;

import dev.switchboard.Settings;
import dev.switchboard.hub.Client;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.EmulatedMessage;
import dev.switchboard.protocol.Emulation;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * EmulationServlet serves the client protocol without WebSocket (protocol section 17).
 *
 * <p>Replies come in a response that does not end, at {@code /connection/http_stream} or {@code
 * /connection/sse}. Commands go to {@code /emulation}. A request there names the session of a
 * connection, and must come with the login of that connection. For any other request the session
 * does not exist.
 */
final class EmulationServlet extends StreamingServlet {

    static final String HTTP_STREAM = "/connection/http_stream";
    static final String SSE = "/connection/sse";
    static final String EMULATION = "/emulation";

    private static final SecureRandom RANDOM = new SecureRandom();

    /** The number of random bytes in the id of a session or a node. */
    private static final int SESSION_BYTES = 16;

    /** The maximum bytes of the request body around a message. */
    private static final int ENVELOPE_BYTES = 1024;

    private static final HttpError UNKNOWN =
            new HttpError(HttpServletResponse.SC_NOT_FOUND, 108, "There is no such session on this node.");

    private final String node = random();
    private final transient Map<String, Connection> connections = new ConcurrentHashMap<>();

    EmulationServlet(HandshakeFilter filter, RequestBodyReader bodies) {
        super(filter, bodies);
    }

    private static String random() {
        byte[] bytes = new byte[SESSION_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Forgets the connections that have ended. The owner calls this at intervals. */
    void sweep() {
        connections.values().removeIf(connection -> connection.client.isEnded());
    }

    @Override
    void serve(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = request.getServletPath();
        boolean isSse = path.endsWith(SSE);
        String method = isSse ? "GET" : "POST";
        if (!request.getMethod().equals(method)) {
            refuseMethod(method, response);
        } else if (isSse) {
            sse(request, response);
        } else if (path.endsWith(HTTP_STREAM)) {
            httpStream(request, response);
        } else {
            emulation(request, response);
        }
    }

    private void httpStream(HttpServletRequest request, HttpServletResponse response) throws IOException {
        StreamFormat format = format(request);
        if (format == null) {
            refuse(WRONG_TYPE, request, response);
            return;
        }
        int maxBytes = relay().settings().messageBytes();
        if (isRefused(request, response, maxBytes)) {
            return;
        }
        admit(request, response, principal -> {
            AsyncContext context = async(request);
            StreamTransport transport = stream(context, principal, format);
            read(context, maxBytes, (body, answer) -> {
                Frame first = format == StreamFormat.LINES ? text(body) : Frame.binary(body);
                if (first == null) {
                    answer.send(MALFORMED);
                } else {
                    open(transport, principal, format, first);
                }
            });
        });
    }

    private static @Nullable StreamFormat format(HttpServletRequest request) {
        return switch (type(request)) {
            case JSON -> StreamFormat.LINES;
            case BYTES -> StreamFormat.BYTES;
            default -> null;
        };
    }

    /**
     * Opens an event stream, whose connect command is part of the URL. Other commands are refused
     * there: a foreign page can open a URL with the login of the browser, and connect alone changes
     * nothing.
     */
    private void sse(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String connect = first("cf_connect", Query.parameters(request.getQueryString()));
        if (connect == null || connect.indexOf('\n') >= 0) {
            refuse(MALFORMED, request, response);
            return;
        }
        admit(request, response, principal -> {
            StreamTransport transport = stream(async(request), principal, StreamFormat.EVENTS);
            open(transport, principal, StreamFormat.EVENTS, Frame.text(connect));
        });
    }

    private static @Nullable String first(String name, @Nullable Map<String, List<String>> parameters) {
        List<String> values = parameters == null ? null : parameters.get(name);
        return values == null ? null : values.get(0);
    }

    private void open(StreamTransport transport, HandshakePrincipal principal, StreamFormat format, Frame first) {
        Emulation emulation = new Emulation(random(), node);
        Client client = transport.open(to -> format == StreamFormat.BYTES
                ? relay().protocols().connectProtobuf(to, emulation)
                : relay().protocols().connectJson(to, emulation));
        connections.put(emulation.session(), new Connection(client, principal));
        receive(client, first);
        transport.start();
    }

    private void emulation(HttpServletRequest request, HttpServletResponse response) throws IOException {
        StreamFormat format = format(request);
        if (format == null) {
            refuse(WRONG_TYPE, request, response);
            return;
        }
        HandshakePrincipal principal = principal(request);
        // In JSON the message is a string, and an escape may double each of its characters.
        int maxBytes = 2 * relay().settings().commandBytes() + ENVELOPE_BYTES;
        if (isRefused(request, response, maxBytes)) {
            return;
        }
        read(async(request), maxBytes, (body, answer) -> {
            HttpError error = deliver(format, body, principal);
            if (error == null) {
                answer.sendNothing();
            } else {
                answer.send(error);
            }
        });
    }

    /** Gives the message to its client. Returns null, or the refusal. */
    private @Nullable HttpError deliver(StreamFormat format, byte[] body, HandshakePrincipal principal) {
        EmulatedMessage sent;
        try {
            Frame text = format == StreamFormat.LINES ? text(body) : null;
            sent = text instanceof Frame.Text json
                    ? EmulatedMessage.ofJson(json.text())
                    : EmulatedMessage.ofProtobuf(body);
        } catch (Disconnect malformed) {
            return MALFORMED;
        }
        Connection connection = sent.emulation().node().equals(node)
                ? connections.get(sent.emulation().session())
                : null;
        if (connection == null || connection.client.isEnded() || !connection.principal.isSame(principal)) {
            return UNKNOWN;
        }
        Settings settings = relay().settings();
        if (sent.message().size() > settings.commandBytes() || sent.isTooLarge(settings.messageBytes())) {
            return RequestBodyReader.TOO_LARGE;
        }
        receive(connection.client, sent.message());
        return null;
    }

    private static void receive(Client client, Frame message) {
        client.received();
        client.receive(message);
    }

    /** Connection is a client without WebSocket, and the login that may send its commands. */
    private record Connection(Client client, HandshakePrincipal principal) {}
}
