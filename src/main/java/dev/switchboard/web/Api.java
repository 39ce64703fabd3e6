package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.access.ApiKeys;
import dev.switchboard.access.ApiSettings;
import dev.switchboard.access.ApiSettings.Errors;
import dev.switchboard.access.FailedKeyLimiter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Reason;
import dev.switchboard.protocol.ServerApi;
import dev.switchboard.protocol.ServerApi.Answer;
import dev.switchboard.spi.Tracing;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves the server API at {@code /api} and {@code /api/…}: checks the key and the form of a
 * request, and answers with the result of its commands.
 *
 * <p>Bodies and answers are read and written without blocking, so a slow caller holds no thread. No
 * header ever allows another origin. A key is only read from headers that a browser does not send
 * by itself.
 */
final class Api extends HttpServlet {

    private static final String DESCRIPTION = "/openapi.json";

    /** The path of requests whose commands name their methods. */
    private static final String LINES = "/";

    /** The header that asks, by the value {@code transport}, for an HTTP status for each error. */
    private static final String ERROR_MODE = "X-Centrifugo-Error-Mode";

    private static final int TOO_MANY_REQUESTS = 429;

    private static final HttpError API_OFF =
            new HttpError(404, 104, "The server API is off until switchboard.api.key is set.");
    private static final HttpError UNKNOWN_METHOD =
            new HttpError(404, 104, "There is no such method; /api/openapi.json has them.");
    private static final HttpError NOT_POST = new HttpError(405, 107, "A method is called by POST.");
    private static final HttpError NO_KEY =
            new HttpError(401, 101, "A key is needed, in X-API-Key or as Authorization: apikey.");
    private static final HttpError UNKNOWN_KEY =
            new HttpError(401, 101, "The key is not known; see switchboard.api.key and switchboard.api.keys.");
    private static final HttpError TWO_KEYS = new HttpError(401, 101, "The request has two different keys.");
    private static final HttpError TOO_MANY_KEYS =
            new HttpError(429, 111, "Too many wrong keys come from this address.", 20);
    private static final HttpError WRONG_TYPE = new HttpError(
            415, 107, "The body must be JSON in UTF-8, not compressed, and without a key application/json.");
    private static final HttpError NOT_UTF8 = new HttpError(400, 107, "The body is not UTF-8.");

    private final transient Supplier<Relay> relay;
    private final transient FailedKeyLimiter failedKeys = new FailedKeyLimiter(System::nanoTime);
    private final transient RequestBodyReader bodies;

    Api(Supplier<Relay> relay, RequestBodyReader bodies) {
        this.relay = relay;
        this.bodies = bodies;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Cache-Control", "no-store");
        ApiSettings settings = relay.get().settings().api();
        ApiKeys keys = settings.keys();
        String path = request.getPathInfo() == null ? LINES : request.getPathInfo();
        boolean read = request.getMethod().equals("GET") || request.getMethod().equals("HEAD");
        if (!keys.isOff() && path.equals(DESCRIPTION) && read) {
            describe(response);
            return;
        }
        ApiKeys.Rights rights = keys.rights(headers("X-API-Key", request), headers("Authorization", request));
        HttpError error = error(keys, rights, path, request);
        if (error != null || rights == null) {
            refuse(error == null ? NO_KEY : error, request, response);
        } else {
            Errors errors = "transport".equals(request.getHeader(ERROR_MODE)) ? Errors.TRANSPORT : settings.errors();
            Tracing.Cause cause = relay.get().tracing().cause(request::getHeader);
            bodies.read(
                    StreamingServlet.async(request),
                    settings.bodyBytes(),
                    (body, async) -> call(path, rights, errors, cause, body, async));
        }
    }

    private void describe(HttpServletResponse response) throws IOException {
        try (InputStream file = Objects.requireNonNull(Api.class.getResourceAsStream("openapi.json"))) {
            response.setContentType("application/json");
            file.transferTo(response.getOutputStream());
        }
    }

    static List<String> headers(String name, HttpServletRequest request) {
        return Collections.list(request.getHeaders(name));
    }

    private static HttpError wrongKey(Reason reason) {
        return switch (reason.kind()) {
            case "no_key" -> NO_KEY;
            case "unknown_key" -> UNKNOWN_KEY;
            default -> TWO_KEYS;
        };
    }

    private @Nullable HttpError error(
            ApiKeys keys, ApiKeys.@Nullable Rights rights, String path, HttpServletRequest request) {
        if (relay.get().admission().isDraining()) {
            return Refusal.DRAINING.error();
        }
        if (keys.isOff()) {
            return API_OFF;
        }
        if (!request.getMethod().equals("POST")) {
            return NOT_POST;
        }
        if (rights == null) {
            relay.get().counters().authFailures().count("api_key");
            String address = relay.get()
                    .settings()
                    .proxies()
                    .client(request.getRemoteAddr(), headers("X-Forwarded-For", request));
            Reason reason = ApiKeys.refusal(headers("X-API-Key", request), headers("Authorization", request));
            HttpError wrong = failedKeys.countFailure(address) ? TOO_MANY_KEYS : wrongKey(reason);
            return wrong.because(reason);
        }
        if (!path.equals(LINES) && !ServerApi.knows(path.substring(1))) {
            return UNKNOWN_METHOD;
        }
        if (!mayBeJson(request, rights)) {
            return WRONG_TYPE;
        }
        int maxBytes = relay.get().settings().api().bodyBytes();
        return request.getContentLengthLong() > maxBytes ? RequestBodyReader.TOO_LARGE : null;
    }

    /**
     * Returns whether the body may be JSON. With a key in a header any type is accepted, because
     * {@code curl -d} sends the type of a form. Without such a key only the type of JSON is
     * accepted, because a foreign page cannot send it without a preflight (Fetch Standard section
     * 4.8).
     */
    private static boolean mayBeJson(HttpServletRequest request, ApiKeys.Rights rights) {
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
            return false;
        }
        ContentType content = ContentType.of(request);
        return content.isUtf8() && (rights.isKeyed() || content.type().equals(StreamingServlet.JSON));
    }

    /** Refuses a request, whose body is not read, so its connection ends. */
    private void refuse(HttpError error, HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getProtocol().equals("HTTP/1.1")) {
            response.setHeader("Connection", "close");
        }
        if (error == NOT_POST) {
            response.setHeader("Allow", "POST");
        } else if (error.status() == NO_KEY.status()) {
            response.setHeader("WWW-Authenticate", "apikey");
        }
        Visit.of(request, relay.get()).refused(error, relay.get());
        error.answer(response);
    }

    private void call(
            String path, ApiKeys.Rights rights, Errors errors, Tracing.Cause cause, byte[] body, AsyncResponse async) {
        if (!(StreamingServlet.text(body) instanceof Frame.Text json)) {
            async.send(NOT_UTF8);
            return;
        }
        ServerApi api = relay.get().api();
        try {
            Tracing.Span span = cause.call(path.equals(LINES) ? "commands" : path.substring(1));
            CompletionStage<Answer> answer = span.during(() -> path.equals(LINES)
                    ? api.lines(json.text(), rights::allow)
                    : api.call(path.substring(1), json.text(), rights::allow));
            span.endWith(answer);
            CompletionStage<?> unused = answer.thenAccept(given -> answer(given, errors, async));
        } catch (Disconnect malformed) {
            async.send(
                    new HttpError(HttpServletResponse.SC_BAD_REQUEST, 107, malformed.reason(), null, malformed.why()));
        }
    }

    /**
     * Answers 503 during a drain, because the caller cannot know which clients got the publication.
     */
    private void answer(Answer answer, Errors errors, AsyncResponse async) {
        ClientError error = answer.error();
        if (relay.get().admission().isDraining()) {
            async.send(Refusal.DRAINING.error());
        } else if (errors == Errors.TRANSPORT && error != null) {
            async.sendJson(status(error), ServerApi.error(error).getBytes(StandardCharsets.UTF_8));
        } else {
            async.sendJson(HttpServletResponse.SC_OK, answer.json().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Returns the status of Centrifugo. Centrifugo has no errors 101, 103, 106 and 111. */
    static int status(ClientError error) {
        return switch (error.code()) {
            case 101, 103 -> HttpServletResponse.SC_FORBIDDEN;
            case 102, 104 -> HttpServletResponse.SC_NOT_FOUND;
            case 106, 107, 108 -> HttpServletResponse.SC_BAD_REQUEST;
            case 111 -> TOO_MANY_REQUESTS;
            case 112 -> HttpServletResponse.SC_REQUESTED_RANGE_NOT_SATISFIABLE;
            default -> HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
        };
    }
}
