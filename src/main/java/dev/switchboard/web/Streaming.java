package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.access.Origins.Standing;
import dev.switchboard.model.Frame;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the ways in without WebSocket have in common: pages of foreign origins are refused or told that they may read the answer, and who
 * comes is let in as by a handshake.
 */
abstract class Streaming extends HttpServlet {

    static final String JSON = "application/json";
    static final String BYTES = "application/octet-stream";

    private static final HttpError NO_WEBSOCKET =
            new HttpError(HttpServletResponse.SC_NOT_FOUND, 108, "There is no WebSocket here.");
    private static final HttpError WRONG_METHOD =
            new HttpError(HttpServletResponse.SC_METHOD_NOT_ALLOWED, 107, "That method makes no sense here.");
    static final HttpError WRONG_TYPE = new HttpError(
            HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE, 107, "That type of content is not understood.");
    static final HttpError MALFORMED =
            new HttpError(HttpServletResponse.SC_BAD_REQUEST, 107, "The request is malformed.");

    private final transient HandshakeFilter gate;
    private final transient RequestBodyReader intake;

    Streaming(HandshakeFilter gate, RequestBodyReader intake) {
        this.gate = gate;
        this.intake = intake;
    }

    /** Answers at once or later, and a wrong method by {@link #refuseMethod}. */
    abstract void serve(HttpServletRequest request, HttpServletResponse response) throws IOException;

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (HandshakeFilter.isHandshake(request)) {
            NO_WEBSOCKET.answer(response);
            return;
        }
        List<String> origins = Collections.list(request.getHeaders("Origin"));
        Standing standing =
                relay().settings().origins().standing(origins, request.getHeader("Host"), gate.schemes(request));
        if (standing == Standing.REFUSED || origins.isEmpty() && isOfForeignPage(request)) {
            relay().counters().refusals().count(HandshakeFilter.Refusal.ORIGIN.label());
            HandshakeFilter.Refusal.ORIGIN.problem().answer(response);
            return;
        }
        if (standing != Standing.OWN) {
            share(origins.get(0), standing, response);
        }
        if (request.getMethod().equals("OPTIONS")) {
            response.setStatus(HttpServletResponse.SC_NO_CONTENT);
        } else {
            serve(request, response);
        }
    }

    /** What a page embeds or links to comes without an Origin, but browsers of these years say that much. */
    private static boolean isOfForeignPage(HttpServletRequest request) {
        return "cross-site".equals(request.getHeader("Sec-Fetch-Site"));
    }

    /** Lets a page of that origin read the answer, and send what belongs to a login only if the operator named it (Fetch Standard section 3.2). */
    private static void share(String origin, Standing standing, HttpServletResponse response) {
        response.setHeader("Access-Control-Allow-Origin", origin);
        response.setHeader("Vary", "Origin");
        if (standing == Standing.NAMED) {
            response.setHeader("Access-Control-Allow-Credentials", "true");
        }
        response.setHeader("Access-Control-Allow-Methods", "GET, POST");
        response.setHeader("Access-Control-Allow-Headers", "Content-Type, Last-Event-ID");
        response.setHeader("Access-Control-Max-Age", "600");
    }

    static void refuseMethod(String allowed, HttpServletResponse response) throws IOException {
        response.setHeader("Allow", allowed);
        WRONG_METHOD.answer(response);
    }

    final Relay relay() {
        return gate.relay();
    }

    final HandshakePrincipal visitor(HttpServletRequest request) {
        return gate.visitor(request);
    }

    /** Goes on with a visitor that is let in. */
    interface Stay {
        void begin(HandshakePrincipal visitor) throws IOException;
    }

    /** Lets the visitor in and goes on with {@code stay}, or answers with the refusal. */
    final void admit(HttpServletRequest request, HttpServletResponse response, Stay stay) throws IOException {
        HandshakeFilter.Admitted admitted = gate.admit(visitor(request));
        if (!(admitted instanceof HandshakePrincipal visitor)) {
            refuse((HandshakeFilter.Refusal) admitted, request, response);
            return;
        }
        try {
            stay.begin(visitor);
        } catch (IOException | RuntimeException | Error failure) {
            visitor.giveBack();
            throw failure;
        }
    }

    /** Answers a client that may reconnect later. */
    void refuse(HandshakeFilter.Refusal refusal, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        refusal.problem().answer(response);
    }

    /** Without parameters, in lower case; empty for none. */
    static String type(HttpServletRequest request) {
        String type = request.getContentType();
        return type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    /** True for a body that is said to be larger than it may be, which is answered. */
    static boolean isRefused(HttpServletRequest request, HttpServletResponse response, int maxBytes)
            throws IOException {
        if (request.getContentLengthLong() <= maxBytes) {
            return false;
        }
        response.setHeader("Connection", "close"); // nobody reads it
        RequestBodyReader.TOO_LARGE.answer(response);
        return true;
    }

    /** Goes on with the body when it is there, on a thread of the relay. */
    final void read(AsyncContext context, int maxBytes, BiConsumer<byte[], AsyncResponse> whole) throws IOException {
        intake.read(context, maxBytes, whole);
    }

    /** It takes as long as it takes. */
    static AsyncContext async(HttpServletRequest request) {
        AsyncContext context = request.startAsync();
        context.setTimeout(0);
        return context;
    }

    /** An answer that does not end, and has yet to begin. */
    final StreamTransport stream(AsyncContext context, HandshakePrincipal visitor, StreamFormat layout)
            throws IOException {
        return new StreamTransport(
                context, visitor, layout, relay().writers(), ResponseConnection.ofCurrentRequest(relay().closing()));
    }

    /** Null if it is not UTF-8. */
    static @Nullable Frame text(byte[] bytes) {
        try {
            return new Frame.Text(
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString(),
                    bytes.length);
        } catch (CharacterCodingException malformed) {
            return null;
        }
    }
}
