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
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The client protocol where WebSocket does not get through (protocol section 17): replies in an answer that does not end, at
 * {@code /connection/http_stream} or {@code /connection/sse}, and commands at {@code /emulation}.
 *
 * <p>A request with the session of a stream and with its login sends commands for that client. For any other request there is no
 * such session.
 */
final class EmulationServlet extends Streaming {

    static final String HTTP_STREAM = "/connection/http_stream";
    static final String SSE = "/connection/sse";
    static final String EMULATION = "/emulation";

    private static final SecureRandom RANDOM = new SecureRandom();

    private static final int SESSION_BYTES = 16;

    /** Of the body around a message. */
    private static final int ENVELOPE_BYTES = 1024;

    private static final HttpError UNKNOWN =
            new HttpError(HttpServletResponse.SC_NOT_FOUND, 108, "There is no such session on this node.");

    private final String node = random();
    private final transient Map<String, Stream> streams = new ConcurrentHashMap<>();

    EmulationServlet(HandshakeFilter gate, RequestBodyReader intake) {
        super(gate, intake);
    }

    private static String random() {
        byte[] bytes = new byte[SESSION_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Forgets the streams that have ended; to be called now and then. */
    void sweep() {
        streams.values().removeIf(stream -> stream.client.isEnded());
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
     * The connect command is part of the URL, and there may be no other: a page of anybody can have a browser open a URL, and no command but
     * that one is harmless when it comes with the login of whoever sits there.
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
        Stream stream = new Stream(client, visitor);
        streams.put(emulation.session(), stream);
        stream.post(first);
        transport.start();
    }

    private void emulation(HttpServletRequest request, HttpServletResponse response) throws IOException {
        StreamFormat layout = layout(request);
        if (layout == null) {
            WRONG_TYPE.answer(response);
            return;
        }
        HandshakePrincipal visitor = visitor(request);
        // A message of JSON is text within a string here, where each of its characters may become two.
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

    /** Null if all is well. */
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
        Stream stream = sent.emulation().node().equals(node)
                ? streams.get(sent.emulation().session())
                : null;
        if (stream == null || stream.client.isEnded() || !stream.visitor.isSame(visitor)) {
            return UNKNOWN;
        }
        Settings settings = relay().settings();
        if (sent.message().size() > settings.commandBytes() || sent.isTooLarge(settings.messageBytes())) {
            return RequestBodyReader.TOO_LARGE;
        }
        stream.post(sent.message());
        return null;
    }

    /** A client and the messages for it, one after the other although they come by requests that know nothing of one another. */
    private static final class Stream {

        private static final int MAX_BYTES = 1024 * 1024;

        private final Client client;
        private final HandshakePrincipal visitor;
        private final Queue<Frame> messages = new ConcurrentLinkedQueue<>();
        private final AtomicInteger count = new AtomicInteger();
        private final AtomicInteger bytes = new AtomicInteger();

        Stream(Client client, HandshakePrincipal visitor) {
            this.client = client;
            this.visitor = visitor;
        }

        /** Returns when the client has the message, or another thread is at it. */
        void post(Frame message) {
            if (bytes.addAndGet(cost(message)) > MAX_BYTES && count.get() > 0) {
                client.disconnect(Disconnect.TOO_MANY_REQUESTS);
                return;
            }
            messages.add(message);
            if (count.getAndIncrement() > 0) {
                return;
            }
            do {
                Frame next = messages.remove();
                bytes.addAndGet(-cost(next));
                client.received();
                client.receive(next);
            } while (count.decrementAndGet() > 0);
        }

        private static int cost(Frame message) {
            return message.size() + Frame.OVERHEAD;
        }
    }
}
