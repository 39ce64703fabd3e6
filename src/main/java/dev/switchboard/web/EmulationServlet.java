package dev.switchboard.web;

import dev.switchboard.hub.Client;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.EmulatedMessage;
import dev.switchboard.protocol.Emulation;
import dev.switchboard.spi.Cluster.Delivery;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
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

    /** The maximum bytes of the request body around a message. */
    private static final int ENVELOPE_BYTES = 1024;

    private static final HttpError UNKNOWN =
            new HttpError(HttpServletResponse.SC_NOT_FOUND, 108, "There is no such session.");

    /** The outcome is unknown, so that the client must not send the message again. */
    private static final HttpError NO_ANSWER =
            HttpError.of(HttpServletResponse.SC_SERVICE_UNAVAILABLE, ClientError.INTERNAL);

    private final transient EmulatedSessions sessions;

    EmulationServlet(HandshakeFilter filter, RequestBodyReader bodies, EmulatedSessions sessions) {
        super(filter, bodies);
        this.sessions = sessions;
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
        Emulation emulation = sessions.next();
        Client client = transport.open(to -> format == StreamFormat.BYTES
                ? relay().protocols().connectProtobuf(to, emulation)
                : relay().protocols().connectJson(to, emulation));
        sessions.add(emulation, client, principal.getName());
        client.received();
        client.receive(first);
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
            EmulatedMessage sent = message(format, body);
            if (sent == null) {
                answer.send(MALFORMED);
                return;
            }
            CompletionStage<?> unused = sessions.deliver(sent, principal.getName())
                    .whenComplete((delivery, failure) -> {
                        if (failure == null) {
                            answer(delivery, answer);
                        } else {
                            answer.send(NO_ANSWER);
                        }
                    });
        });
    }

    /** Returns null if the body is malformed. */
    private static @Nullable EmulatedMessage message(StreamFormat format, byte[] body) {
        try {
            Frame text = format == StreamFormat.LINES ? text(body) : null;
            return text instanceof Frame.Text json
                    ? EmulatedMessage.ofJson(json.text())
                    : EmulatedMessage.ofProtobuf(body);
        } catch (Disconnect malformed) {
            return null;
        }
    }

    private static void answer(Delivery delivery, AsyncResponse answer) {
        switch (delivery) {
            case TAKEN -> answer.sendNothing();
            case UNKNOWN -> answer.send(UNKNOWN);
            case TOO_LARGE -> answer.send(RequestBodyReader.TOO_LARGE);
        }
    }
}
