package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.access.ApiKeys;
import dev.switchboard.access.ApiSettings;
import dev.switchboard.access.ApiSettings.Errors;
import dev.switchboard.access.FailedKeyLimiter;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.protocol.ServerApi;
import dev.switchboard.protocol.ServerApi.Answer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The server API at {@code /api} and {@code /api/…}: who may call it, and what of HTTP is taken.
 *
 * <p>A body is read as it comes and an answer is written as it goes, so nobody who is slow holds a thread. No header ever allows another
 * origin, and a key is taken from no place where a browser puts it by itself.
 */
final class Api extends HttpServlet {

    private static final String DESCRIPTION = "/openapi.json";

    /** The path of requests whose commands name their methods. */
    private static final String LINES = "/";

    /** With the value {@code transport} it asks for a status for each error. */
    private static final String ERROR_MODE = "X-Centrifugo-Error-Mode";

    private static final int TOO_MANY_REQUESTS = 429;

    private static final HttpError OFF =
            new HttpError(404, 104, "The server API is off until switchboard.api.key is set.");
    private static final HttpError UNKNOWN =
            new HttpError(404, 104, "There is no such method; /api/openapi.json has them.");
    private static final HttpError VERB = new HttpError(405, 107, "A method is called by POST.");
    private static final HttpError KEY =
            new HttpError(401, 101, "One key is needed, in X-API-Key or as Authorization: apikey.");
    private static final HttpError GUESSES = new HttpError(429, 111, "Too many wrong keys come from this address.", 20);
    private static final HttpError TYPE = new HttpError(
            415, 107, "The body must be JSON in UTF-8, not compressed, and without a key application/json.");
    private static final HttpError ENCODING = new HttpError(400, 107, "The body is not UTF-8.");

    private final transient Supplier<Relay> relay;
    private final transient FailedKeyLimiter guesses = new FailedKeyLimiter(System::nanoTime);
    private final transient RequestBodyReader intake;

    Api(Supplier<Relay> relay, RequestBodyReader intake) {
        this.relay = relay;
        this.intake = intake;
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
        HttpError problem = problem(keys, rights, path, request);
        if (problem != null || rights == null) {
            refuse(problem == null ? KEY : problem, request, response);
        } else {
            Errors errors = "transport".equals(request.getHeader(ERROR_MODE)) ? Errors.TRANSPORT : settings.errors();
            intake.read(
                    Streaming.async(request),
                    settings.bodyBytes(),
                    (body, reply) -> call(path, rights, errors, body, reply));
        }
    }

    private void describe(HttpServletResponse response) throws IOException {
        try (InputStream file = Objects.requireNonNull(Api.class.getResourceAsStream("openapi.json"))) {
            response.setContentType("application/json");
            file.transferTo(response.getOutputStream());
        }
    }

    private static List<String> headers(String name, HttpServletRequest request) {
        return Collections.list(request.getHeaders(name));
    }

    private @Nullable HttpError problem(
            ApiKeys keys, ApiKeys.@Nullable Rights rights, String path, HttpServletRequest request) {
        if (relay.get().admission().isDraining()) {
            return HandshakeFilter.Refusal.DRAINING.problem();
        }
        if (keys.isOff()) {
            return OFF;
        }
        if (!request.getMethod().equals("POST")) {
            return VERB;
        }
        if (rights == null) {
            relay.get().counters().authFailures().count("api_key");
            String address = relay.get()
                    .settings()
                    .proxies()
                    .client(request.getRemoteAddr(), headers("X-Forwarded-For", request));
            return guesses.countFailure(address) ? GUESSES : KEY;
        }
        if (!path.equals(LINES) && !ServerApi.knows(path.substring(1))) {
            return UNKNOWN;
        }
        if (!isJson(request, rights)) {
            return TYPE;
        }
        int most = relay.get().settings().api().bodyBytes();
        return request.getContentLengthLong() > most ? RequestBodyReader.TOO_LARGE : null;
    }

    /**
     * Without a key in a header, a type that a foreign page could send without asking first is none.
     * With one any type is taken: {@code curl -d} sends that of a form.
     */
    private static boolean isJson(HttpServletRequest request, ApiKeys.Rights rights) {
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.strip().equalsIgnoreCase("identity")) {
            return false;
        }
        String[] parts = String.valueOf(request.getContentType()).split(";", -1);
        return (rights.isKeyed() || parts[0].strip().equalsIgnoreCase("application/json"))
                && Arrays.stream(parts)
                        .skip(1)
                        .map(part -> part.strip().toLowerCase(Locale.ROOT))
                        .filter(part -> part.startsWith("charset="))
                        .allMatch(part -> part.equals("charset=utf-8") || part.equals("charset=\"utf-8\""));
    }

    /** The rest of the request is not read, so its connection ends. */
    private static void refuse(HttpError problem, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (request.getProtocol().equals("HTTP/1.1")) {
            response.setHeader("Connection", "close");
        }
        if (problem == VERB) {
            response.setHeader("Allow", "POST");
        } else if (problem == KEY) {
            response.setHeader("WWW-Authenticate", "apikey");
        }
        problem.answer(response);
    }

    private void call(String path, ApiKeys.Rights rights, Errors errors, byte[] body, AsyncResponse reply) {
        if (!(Streaming.text(body) instanceof Frame.Text json)) {
            reply.send(ENCODING);
            return;
        }
        ServerApi api = relay.get().api();
        try {
            CompletionStage<Answer> answer = path.equals(LINES)
                    ? api.lines(json.text(), rights::allow)
                    : api.call(path.substring(1), json.text(), rights::allow);
            CompletionStage<?> unused = answer.thenAccept(given -> answer(given, errors, reply));
        } catch (Disconnect malformed) {
            reply.send(new HttpError(HttpServletResponse.SC_BAD_REQUEST, 107, malformed.reason()));
        }
    }

    /** Answers 503 during a drain, because the caller cannot know which clients got the publication. */
    private void answer(Answer answer, Errors errors, AsyncResponse reply) {
        ClientError error = answer.error();
        if (relay.get().admission().isDraining()) {
            reply.send(HandshakeFilter.Refusal.DRAINING.problem());
        } else if (errors == Errors.TRANSPORT && error != null) {
            reply.sendJson(status(error), ServerApi.error(error).getBytes(StandardCharsets.UTF_8));
        } else {
            reply.sendJson(HttpServletResponse.SC_OK, answer.json().getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Returns what Centrifugo says in HTTP; it has no 101, 103, 106 and 111. */
    private static int status(ClientError error) {
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
