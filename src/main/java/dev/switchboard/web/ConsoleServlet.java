package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.Relay;
import dev.switchboard.console.Console;
import dev.switchboard.console.Operator;
import dev.switchboard.console.Operators;
import dev.switchboard.console.Views;
import dev.switchboard.json.JsonObject;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Reason;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Serves the console below {@code /admin/api}: logs operators in, and answers what they look at and
 * do. The files of the page are served by the container.
 *
 * <p>Bodies and answers are read and written without blocking. No header ever allows another
 * origin.
 */
final class ConsoleServlet extends HttpServlet {

    /** Answers each request while no operator has a way in. */
    static final HttpError OFF = new HttpError(
            404, 404, "The console is off until switchboard.admin.password or switchboard.admin.role is set.");

    private static final HttpError UNKNOWN = new HttpError(404, 404, "There is nothing here.");
    private static final HttpError WRONG_METHOD = new HttpError(405, 405, "That method makes no sense here.");
    private static final HttpError WRONG_PASSWORD = new HttpError(401, 401, "The password is wrong.")
            .because(new Reason(
                    "console_password", "the password of an operator is wrong; see switchboard.admin.password"));
    private static final HttpError BUSY =
            new HttpError(429, 429, "Too many passwords are being checked at this moment.", 1);
    private static final HttpError TOO_MANY_STREAMS =
            new HttpError(429, 429, "Too many operators look at such events.", 10);
    private static final HttpError NO_TARGET =
            new HttpError(400, 400, "One of the parameters channel, client and user is needed.");
    private static final HttpError NO_CLIENT = new HttpError(404, 404, "This node has no such client.");
    private static final HttpError NO_NAME = new HttpError(400, 400, "The parameter with the name is needed.");
    private static final HttpError BAD_NUMBER = new HttpError(400, 400, "limit is a number from 1 to 1000.");
    private static final HttpError BAD_QUERY = new HttpError(400, 400, "The query is malformed.");
    private static final HttpError NOT_UTF8 = new HttpError(400, 400, "The body is not UTF-8.");
    private static final HttpError NOT_JSON = new HttpError(400, 400, "The body is not a JSON object.");

    private static final int MAX_LIMIT = 1_000;
    private static final int TOP = 20;
    private static final int PAGE = 50;

    /** Maximum bytes of a body that holds a password. */
    private static final int LOGIN_BYTES = 8_192;

    /** The name of a target and its value, for a trace. */
    private static final List<String> TARGETS = List.of("channel", "client", "user");

    private final transient HandshakeFilter filter;
    private final transient RequestBodyReader bodies;
    private final transient ConsoleDoor door;
    private final transient Set<AsyncResponse> answers = ConcurrentHashMap.newKeySet();

    /** {@code path} is that of the console below the context root. */
    ConsoleServlet(HandshakeFilter filter, RequestBodyReader bodies, String path) {
        this.filter = filter;
        this.bodies = bodies;
        this.door = new ConsoleDoor(filter, path);
    }

    private Relay relay() {
        return filter.relay();
    }

    /** Ends the answers that take too long. The caller calls this about once a second. */
    void check() {
        answers.forEach(answer -> answer.check(relay().settings().limits().messageTime()));
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Cache-Control", "no-store");
        Console console = relay().console();
        String path = Objects.requireNonNullElse(request.getPathInfo(), "");
        if (console == null || door.isOffFor(request)) {
            OFF.answer(response);
            return;
        }
        boolean login = path.equals("/login");
        Operator operator = login ? null : door.find(request, console);
        HttpError error = null;
        if (operator == null && !login) {
            error = door.stranger(request);
        } else if (request.getMethod().equals("POST")) {
            error = ConsoleDoor.refusal(request, operator, path.startsWith("/do/"));
        } else if (!request.getMethod().equals("GET") || login) {
            error = WRONG_METHOD;
        }
        if (error != null) {
            refuse(error, request, response);
        } else if (operator == null) {
            login(console, request);
        } else if (request.getMethod().equals("POST")) {
            post(path, operator, console, request, response);
        } else {
            get(path, operator, console, request, response);
        }
    }

    /** Refuses a request, whose body is not read, so its connection ends. */
    private void refuse(HttpError error, HttpServletRequest request, HttpServletResponse response) throws IOException {
        if (request.getMethod().equals("POST") && request.getProtocol().equals("HTTP/1.1")) {
            response.setHeader("Connection", "close");
        }
        if (error != ConsoleDoor.STRANGER) { // which each page gets that is opened before its login
            filter.refused(error, request);
        }
        error.answer(response);
    }

    // Logging in and out.

    private void login(Console console, HttpServletRequest request) throws IOException {
        Visit visit = Visit.of(request, relay());
        String attributes = door.attributes(request);
        read(
                request,
                LOGIN_BYTES,
                (body, answer) -> relay().background()
                        .execute(() -> answer(
                                console.operators().login(body.text("password"), visit.address()),
                                attributes,
                                answer)));
    }

    private void answer(Operators.Answer outcome, String attributes, AsyncResponse answer) {
        if (outcome instanceof Operators.Session session) {
            ConsoleActs.loggedIn(session.operator());
            answer.sendJson(
                    HttpServletResponse.SC_OK,
                    Map.of("Set-Cookie", ConsoleDoor.cookie(session.session(), attributes)),
                    json(ConsoleAnswers.session(session.operator(), relay())));
        } else if (outcome instanceof Operators.Pause pause) {
            answer.send(new HttpError(429, 429, "Too many wrong passwords came from this address.", pause.seconds()));
        } else {
            answer.send(outcome == Operators.Refusal.WRONG ? WRONG_PASSWORD : BUSY);
        }
    }

    private void logout(Console console, HttpServletRequest request, HttpServletResponse response) throws IOException {
        String session = ConsoleDoor.session(request);
        if (session != null) {
            console.operators().logout(session);
        }
        response.setHeader("Set-Cookie", ConsoleDoor.noCookie(door.attributes(request)));
        response.setContentType(StreamingServlet.JSON);
        response.getOutputStream().write(json("{}"));
    }

    // What operators look at.

    private void get(
            String path, Operator operator, Console console, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Map<String, List<String>> query = Query.parameters(request.getQueryString());
        if (query == null) {
            refuse(BAD_QUERY, request, response);
            return;
        }
        switch (path) {
            case "/feed" -> stream(operator, console, request, stream -> console.follow(since(request), stream));
            case "/watch" -> watch(query, operator, console, request, response);
            default -> {
                AsyncResponse answer =
                        new AsyncResponse(StreamingServlet.async(request), relay().writers(), answers, error -> {});
                answer(view(path, query, operator, console.views()), answer);
            }
        }
    }

    private static long since(HttpServletRequest request) {
        String id = request.getHeader("Last-Event-ID");
        return id != null && id.matches("\\d{1,15}") ? Long.parseLong(id) : 0;
    }

    private interface Source {
        boolean follow(EventStream stream);
    }

    private void stream(Operator operator, Console console, HttpServletRequest request, Source source)
            throws IOException {
        EventStream stream = new EventStream(
                StreamingServlet.async(request),
                relay().writers(),
                relay().background(),
                ResponseConnection.ofCurrentRequest(relay().closing()),
                operator.valid(),
                console::leave);
        if (source.follow(stream)) {
            stream.start();
        } else {
            stream.refuse(TOO_MANY_STREAMS);
        }
    }

    private void watch(
            Map<String, List<String>> query,
            Operator operator,
            Console console,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        List<String> named = TARGETS.stream()
                .filter(target -> !first(target, query).isEmpty())
                .toList();
        if (named.size() != 1) {
            refuse(NO_TARGET, request, response);
            return;
        }
        String target = named.get(0);
        boolean payloads = first("payloads", query).equals("true");
        stream(operator, console, request, stream -> console.watch(target, first(target, query), payloads, stream));
    }

    /** Completes with null if there is no such path or no such client; fails with a refusal. */
    private CompletionStage<String> view(String path, Map<String, List<String>> query, Operator operator, Views views) {
        try {
            return switch (path) {
                case "/session" -> done(ConsoleAnswers.session(operator, relay()));
                case "/top" -> done(views.top(limit(TOP, query)));
                case "/channels" -> done(views.channels(first("search", query), limit(PAGE, query)));
                case "/channel" -> views.channel(name("name", query));
                case "/history" ->
                    views.history(
                            name("channel", query),
                            limit(TOP, query),
                            first("payloads", query).equals("true"));
                case "/clients" -> done(views.clients(first("search", query), limit(PAGE, query)));
                case "/client" -> {
                    String client = views.client(name("id", query));
                    yield client == null ? failed(NO_CLIENT) : done(client);
                }
                case "/user" -> done(views.user(name("id", query)));
                case "/nodes" -> done(views.nodes(Build.OWN.version()));
                case "/settings" -> done(ConsoleAnswers.settings(relay()));
                default -> failed(UNKNOWN);
            };
        } catch (RuntimeException refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    private static CompletionStage<String> done(String json) {
        return CompletableFuture.completedStage(json);
    }

    /** Carries an error through a stage. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient HttpError error;

        Refused(HttpError error) {
            super(error.message(), null, false, false);
            this.error = error;
        }
    }

    private static CompletionStage<String> failed(HttpError error) {
        return CompletableFuture.failedStage(new Refused(error));
    }

    private static String first(String name, Map<String, List<String>> query) {
        List<String> values = query.get(name);
        return values == null ? "" : values.get(0);
    }

    private static String name(String parameter, Map<String, List<String>> query) {
        String name = first(parameter, query);
        if (name.isEmpty()) {
            throw new Refused(NO_NAME);
        }
        return name;
    }

    private static int limit(int absent, Map<String, List<String>> query) {
        String text = first("limit", query);
        if (text.isEmpty()) {
            return absent;
        }
        int limit = text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new Refused(BAD_NUMBER);
        }
        return limit;
    }

    private void answer(CompletionStage<String> stage, AsyncResponse answer) {
        CompletionStage<?> unused = stage.whenComplete((json, failure) -> {
            if (failure == null) {
                answer.sendJson(HttpServletResponse.SC_OK, json(json));
            } else {
                answer.send(error(Failure.cause(failure)));
            }
        });
    }

    private HttpError error(Throwable failure) {
        if (failure instanceof Refused refused) {
            return refused.error;
        }
        if (failure instanceof ClientError refusal) {
            return ConsoleActs.error(refusal);
        }
        relay().counters().internalErrors().count("console");
        return HttpError.of(HttpServletResponse.SC_INTERNAL_SERVER_ERROR, ClientError.INTERNAL);
    }

    private static byte[] json(String text) {
        return text.getBytes(UTF_8);
    }

    // What operators do.

    private void post(
            String path, Operator operator, Console console, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        ConsoleActs acts = new ConsoleActs(relay(), operator);
        if (path.equals("/logout")) {
            logout(console, request, response);
        } else if (path.equals("/explain")) {
            read(request, bodyBytes(), (body, answer) -> acts.explain(body, answer));
        } else if (path.startsWith("/do/") && ConsoleActs.knows(path.substring(4))) {
            read(request, bodyBytes(), (body, answer) -> acts.act(path.substring(4), body, answer));
        } else {
            refuse(UNKNOWN, request, response);
        }
    }

    private int bodyBytes() {
        return relay().settings().api().bodyBytes();
    }

    private void read(HttpServletRequest request, int maxBytes, BiConsumer<JsonObject, AsyncResponse> whole)
            throws IOException {
        bodies.read(StreamingServlet.async(request), maxBytes, (body, answer) -> {
            Frame text = StreamingServlet.text(body);
            if (text == null) {
                answer.send(NOT_UTF8);
                return;
            }
            JsonObject object;
            try {
                object = JsonObject.of(Objects.requireNonNull(text.text()));
            } catch (IllegalArgumentException malformed) {
                answer.send(NOT_JSON);
                return;
            }
            whole.accept(object, answer);
        });
    }
}
