package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.access.ApiKeys;
import dev.switchboard.access.FailedKeyLimiter;
import dev.switchboard.console.Console;
import dev.switchboard.console.ConsoleSettings;
import dev.switchboard.console.Operator;
import dev.switchboard.console.Operator.Mode;
import dev.switchboard.console.Operators;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the operator that sends a request to the console.
 *
 * <p>An operator has a role of the container, or the cookie of a login, or a key of the server API
 * that has all rights. With a key an operator only looks.
 */
final class ConsoleDoor {

    private static final String COOKIE = "switchboard-admin";

    /** The header that a page of another site cannot set. */
    private static final String CSRF = "X-Switchboard-Csrf";

    static final HttpError STRANGER = new HttpError(
            401,
            401,
            "Log in, or send a key of the server API that has all rights, in X-API-Key or as Authorization: apikey.");
    private static final HttpError WRONG_KEY = new HttpError(
            401, 401, "The key is not a key of the server API with all rights, or only a login may do this.");
    private static final HttpError TOO_MANY_KEYS =
            new HttpError(429, 429, "Too many wrong keys come from this address.", 20);
    private static final HttpError NOT_JSON = new HttpError(403, 403, "The body must be application/json.");
    private static final HttpError NO_CSRF =
            new HttpError(403, 403, "The header " + CSRF + " must have what /admin/api/session answers as csrf.");
    private static final HttpError READER = new HttpError(403, 403, "This operator may look, but change nothing.");

    private final FailedKeyLimiter failedKeys = new FailedKeyLimiter(System::nanoTime);
    private final HandshakeFilter filter;
    private final String path;

    /** {@code path} is that of the console below the context root. */
    ConsoleDoor(HandshakeFilter filter, String path) {
        this.filter = filter;
        this.path = path;
    }

    private Relay relay() {
        return filter.relay();
    }

    /**
     * Returns whether the console is off for the request. It answers those with a key also if no
     * operator can log in.
     */
    boolean isOffFor(HttpServletRequest request) {
        return relay().console() == null || !relay().settings().console().isOn() && !hasKey(request);
    }

    private static boolean hasKey(HttpServletRequest request) {
        return !ApiKeys.refusal(Api.headers("X-API-Key", request), Api.headers("Authorization", request))
                .kind()
                .equals("no_key");
    }

    /** Returns null if the request comes from no operator. */
    @Nullable
    Operator find(HttpServletRequest request, Console console) {
        ConsoleSettings settings = relay().settings().console();
        String address = Visit.of(request, relay()).address();
        Principal principal = request.getUserPrincipal();
        String user = principal == null ? "" : principal.getName();
        if (isInRole(settings.role(), request)) {
            return console.operators().ofContainer(user, address, Mode.ALL);
        }
        if (isInRole(settings.readerRole(), request)) {
            return console.operators().ofContainer(user, address, Mode.READ);
        }
        String session = session(request);
        Operator known = session == null ? null : console.operators().find(session, address);
        return known == null && request.getMethod().equals("GET") ? withKey(request, address) : known;
    }

    private static boolean isInRole(String role, HttpServletRequest request) {
        return !role.isEmpty() && request.isUserInRole(role);
    }

    private @Nullable Operator withKey(HttpServletRequest request, String address) {
        ApiKeys.Rights rights = relay().settings()
                .api()
                .keys()
                .rights(Api.headers("X-API-Key", request), Api.headers("Authorization", request));
        return rights != null && rights.isKeyed() && rights.isUnlimited()
                ? new Operator("key", address, Mode.READ, "", () -> true)
                : null;
    }

    /** Returns the answer to a request that comes from no operator. */
    HttpError stranger(HttpServletRequest request) {
        if (!hasKey(request)) {
            return STRANGER;
        }
        return failedKeys.countFailure(Visit.of(request, relay()).address()) ? TOO_MANY_KEYS : WRONG_KEY;
    }

    /** Returns why the operator may not post the request; null for none if it comes from a login. */
    static @Nullable HttpError refusal(HttpServletRequest request, @Nullable Operator operator, boolean changes) {
        ContentType type = ContentType.of(request);
        if (!type.type().equals(StreamingServlet.JSON) || !type.isUtf8()) {
            return NOT_JSON;
        }
        if (operator == null) {
            return null;
        }
        if (!Operators.isCsrf(operator, request.getHeader(CSRF))) {
            return NO_CSRF;
        }
        return changes && operator.mode() == Mode.READ ? READER : null;
    }

    /** Returns the session of the cookie; null for none. */
    static @Nullable String session(HttpServletRequest request) {
        Cookie[] cookies = request.getCookies();
        for (Cookie cookie : cookies == null ? new Cookie[0] : cookies) {
            if (cookie.getName().equals(COOKIE)) {
                return cookie.getValue();
            }
        }
        return null;
    }

    /** Returns the attributes of the cookie for the request, which begin with a semicolon. */
    String attributes(HttpServletRequest request) {
        List<String> schemes = List.copyOf(filter.schemes(request));
        boolean secure = request.isSecure() || schemes.equals(List.of("https"));
        return "; Path=" + request.getContextPath() + path + "; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "");
    }

    /** Returns the header that begins a session. */
    static String cookie(String session, String attributes) {
        return COOKIE + "=" + session + attributes;
    }

    /** Returns the header that removes the cookie. */
    static String noCookie(String attributes) {
        return COOKIE + "=; Max-Age=0" + attributes;
    }
}
