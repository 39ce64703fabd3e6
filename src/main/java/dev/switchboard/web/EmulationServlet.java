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
final class EmulationServlet extends Streaming {

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

    EmulationServlet(HandshakeFilter gate, RequestBodyReader intake) {
        super(gate, intake);
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
        StreamFormat layout = layout(request);
        if (layout == null) {
            WRONG_TYPE.answer(response);
            return;
        }
        int maxBytes = relay().settings().messageBytes();
        if (isRefused(request, response, maxBytes)) {
            return;
        }
        admit(request, response, visitor -> {
            AsyncContext context = async(request);
            StreamTransport transport = stream(context, visitor, layout);
            read(context, maxBytes, (body, reply) -> {
                Frame first = layout == StreamFormat.LINES ? text(body) : Frame.binary(body);
                if (first == null) {
                    reply.send(MALFORMED);
                } else {
                    open(transport, visitor, layout, first);
                }
            });
        });
    }

    private static @Nullable StreamFormat layout(HttpServletRequest request) {
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
            MALFORMED.answer(response);
            return;
        }
        admit(request, response, visitor -> {
            StreamTransport transport = stream(async(request), visitor, StreamFormat.EVENTS);
            open(transport, visitor, StreamFormat.EVENTS, Frame.text(connect));
        });
    }

    private static @Nullable String first(String name, @Nullable Map<String, List<String>> parameters) {
        List<String> values = parameters == null ? null : parameters.get(name);
        return values == null ? null : values.get(0);
    }

    private void open(StreamTransport transport, HandshakePrincipal visitor, StreamFormat layout, Frame first) {
        Emulation emulation = new Emulation(random(), node);
        Client client = transport.open(to -> layout == StreamFormat.BYTES
                ? relay().connectProtobuf(to, emulation)
                : relay().connectJson(to, emulation));
        connections.put(emulation.session(), new Connection(client, visitor));
        receive(client, first);
        transport.start();
    }

    private void emulation(HttpServletRequest request, HttpServletResponse response) throws IOException {
        StreamFormat layout = layout(request);
        if (layout == null) {
            WRONG_TYPE.answer(response);
            return;
        }
        HandshakePrincipal visitor = visitor(request);
        // In JSON the message is a string, and an escape may double each of its characters.
        int maxBytes = 2 * relay().settings().commandBytes() + ENVELOPE_BYTES;
        if (isRefused(request, response, maxBytes)) {
            return;
        }
        read(async(request), maxBytes, (body, reply) -> {
            HttpError problem = deliver(layout, body, visitor);
            if (problem == null) {
                reply.sendNothing();
            } else {
                reply.send(problem);
            }
        });
    }

    /** Gives the message to its client. Returns null, or the refusal. */
    private @Nullable HttpError deliver(StreamFormat layout, byte[] body, HandshakePrincipal visitor) {
        EmulatedMessage sent;
        try {
            Frame text = layout == StreamFormat.LINES ? text(body) : null;
            sent = text instanceof Frame.Text json
                    ? EmulatedMessage.ofJson(json.text())
                    : EmulatedMessage.ofProtobuf(body);
        } catch (Disconnect malformed) {
            return MALFORMED;
        }
        Connection connection = sent.emulation().node().equals(node)
                ? connections.get(sent.emulation().session())
                : null;
        if (connection == null || connection.client.isEnded() || !connection.visitor.isSame(visitor)) {
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
        client.heard();
        client.receive(message);
    }

    /** Connection is a client without WebSocket, and the login that may send its commands. */
    private record Connection(Client client, HandshakePrincipal visitor) {}
}
