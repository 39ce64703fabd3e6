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
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Checks the requests of clients without WebSocket as handshakes are checked, and lets pages of
 * allowed origins read the answers (Fetch Standard section 3.2).
 */
abstract class StreamingServlet extends HttpServlet {

    static final String JSON = "application/json";
    static final String BYTES = "application/octet-stream";

    private static final HttpError WRONG_METHOD =
            new HttpError(HttpServletResponse.SC_METHOD_NOT_ALLOWED, 107, "That method makes no sense here.");
    static final HttpError WRONG_TYPE = new HttpError(
            HttpServletResponse.SC_UNSUPPORTED_MEDIA_TYPE, 107, "That type of content is not understood.");
    static final HttpError MALFORMED =
            new HttpError(HttpServletResponse.SC_BAD_REQUEST, 107, "The request is malformed.");

    private final transient HandshakeFilter filter;
    private final transient RequestBodyReader bodies;

    StreamingServlet(HandshakeFilter filter, RequestBodyReader bodies) {
        this.filter = filter;
        this.bodies = bodies;
    }

    /**
     * Answers a request of an allowed origin, now or later. Answers a wrong method by
     * {@link #refuseMethod}.
     */
    abstract void serve(HttpServletRequest request, HttpServletResponse response) throws IOException;

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (HandshakeFilter.isHandshake(request)) {
            refuse(OpeningHandshake.NO_SUCH_PATH, request, response);
            return;
        }
        List<String> origins = Collections.list(request.getHeaders("Origin"));
        Standing standing =
                relay().settings().origins().standing(origins, request.getHeader("Host"), filter.schemes(request));
        if (standing == Standing.REFUSED || origins.isEmpty() && isOfForeignPage(request)) {
            Refusal.ORIGIN.reported(Visit.of(request, relay()), relay()).error().answer(response);
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

    /**
     * Returns true for a link or an embedded file of a foreign page. Browsers send no Origin with
     * these.
     */
    private static boolean isOfForeignPage(HttpServletRequest request) {
        return "cross-site".equals(request.getHeader("Sec-Fetch-Site"));
    }

    /**
     * Lets pages of the origin read the answer. If the operator has named the origin, their
     * browsers may also send a login.
     */
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
        return filter.relay();
    }

    /** Returns the client that sends the request, as yet without a place. */
    final HandshakePrincipal principal(HttpServletRequest request) {
        return filter.principal(request);
    }

    /** Continues a request whose client has a place. */
    interface Continuation {
        void run(HandshakePrincipal principal) throws IOException;
    }

    /** Takes a place for the client and runs {@code continuation}, or answers with the refusal. */
    final void admit(HttpServletRequest request, HttpServletResponse response, Continuation continuation)
            throws IOException {
        HandshakeFilter.Admitted admitted = filter.admit(request);
        if (!(admitted instanceof HandshakePrincipal principal)) {
            refuse((Refusal) admitted, request, response);
            return;
        }
        try {
            continuation.run(principal);
        } catch (IOException | RuntimeException | Error failure) {
            principal.releasePlace();
            throw failure;
        }
    }

    /** Answers a request that gets no place. */
    void refuse(Refusal refusal, HttpServletRequest request, HttpServletResponse response) throws IOException {
        refusal.error().answer(response);
    }

    /** Returns the type of the body as {@link ContentType#type} does. */
    static String type(HttpServletRequest request) {
        return ContentType.of(request).type();
    }

    /**
     * If the head names a length of more than {@code maxBytes}, refuses the request and returns
     * true.
     */
    final boolean isRefused(HttpServletRequest request, HttpServletResponse response, int maxBytes) throws IOException {
        if (request.getContentLengthLong() <= maxBytes) {
            return false;
        }
        response.setHeader("Connection", "close"); // the body is not read
        refuse(RequestBodyReader.TOO_LARGE, request, response);
        return true;
    }

    /** Logs the error and answers with it. */
    final void refuse(HttpError error, HttpServletRequest request, HttpServletResponse response) throws IOException {
        filter.refused(error, request).answer(response);
    }

    /** Reads the body, and passes it to {@code whole} on a thread of the relay. */
    final void read(AsyncContext context, int maxBytes, BiConsumer<byte[], AsyncResponse> whole) throws IOException {
        bodies.read(context, maxBytes, whole);
    }

    /** Makes the request asynchronous, without a timeout of the container. */
    static AsyncContext async(HttpServletRequest request) {
        AsyncContext context = request.startAsync();
        context.setTimeout(0);
        return context;
    }

    /** Returns a transport whose response has yet to start. */
    final StreamTransport stream(AsyncContext context, HandshakePrincipal principal, StreamFormat format)
            throws IOException {
        return new StreamTransport(
                context, principal, format, relay().writers(), ResponseConnection.ofCurrentRequest(relay().closing()));
    }

    /** Returns the text; null if the bytes are not UTF-8. */
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
