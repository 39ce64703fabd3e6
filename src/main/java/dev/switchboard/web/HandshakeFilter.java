package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.access.Access;
import dev.switchboard.access.Origins.Standing;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.Admission.Place;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.MappingMatch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks WebSocket handshakes, and sets the security headers of all other answers.
 *
 * <p>A refused handshake gets 403, 421 or 503. An accepted one gets a {@link HandshakePrincipal},
 * which tells the endpoint the client.
 *
 * <p>In the WAR this filter checks each request with an {@code Upgrade} header, whatever its path,
 * so that no spelling of a path avoids it. Within an application it checks the requests below the
 * path of the relay, as the container reads paths. {@link HandshakeConfigurator} checks handshakes
 * that pass no filter, as all do on Jetty, which upgrades before filters run.
 */
final class HandshakeFilter extends HttpFilter {

    /** Answers a request for a place: a client with a place, or a refusal. */
    sealed interface Admitted permits HandshakePrincipal, Refusal {}

    /**
     * Allows pages scripts, styles, images and connections of this server alone. For browsers
     * {@code 'self'} includes WebSocket.
     */
    private static final String PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final HttpError NO_SERVLET = new HttpError(
            HttpServletResponse.SC_SERVICE_UNAVAILABLE, 100, "This server is about to start or to stop.", 1);

    private final transient Supplier<Relay> relay;
    private final transient Logins logins;
    private final transient Set<String> roles;
    private final String root;
    private final transient List<String> served = new ArrayList<>();
    private final transient Set<PendingHandshake> handshakes = ConcurrentHashMap.newKeySet();

    /** Makes the filter of the WAR, where all paths belong to the relay. */
    HandshakeFilter(Supplier<Relay> relay, Logins logins, Set<String> roles) {
        this(relay, logins, roles, "");
    }

    /**
     * {@code relay} returns the relay from the first request on. {@code roles} are the roles that
     * the channel rules name. The paths below {@code root} belong to the relay; if it is empty, all
     * paths do.
     */
    HandshakeFilter(Supplier<Relay> relay, Logins logins, Set<String> roles, String root) {
        this.relay = relay;
        this.logins = logins;
        this.roles = roles;
        this.root = root;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        HttpSession session = request.getSession(false);
        if (session != null) {
            logins.used(session);
        }
        if (!isForRelay(request)) {
            chain.doFilter(request, response);
            return;
        }
        if (HeadSize.isTooLarge(request)) {
            secure(response);
            refused(HeadSize.TOO_LARGE, request).answer(response);
            return;
        }
        HttpError fault = OpeningHandshake.fault(request);
        if (fault != null) {
            secure(response);
            relay().counters().refusals().count(OpeningHandshake.MALFORMED);
            OpeningHandshake.refuse(refused(fault, request), response);
            return;
        }
        if (!isHandshake(request)) {
            pass(request, response, chain);
            return;
        }
        Refusal refusal = refusal(relay(), Visit.of(request, relay()), schemes(request));
        Admitted admitted = refusal == null ? admit(request) : refusal;
        if (admitted instanceof HandshakePrincipal principal) {
            pass(principal, request, response, chain);
        } else {
            ((Refusal) admitted).answer(response);
        }
    }

    /** Passes a request that is no handshake. */
    private void pass(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        secure(response);
        if (request.getMethod().equals("TRACE")) { // its answer would show a page the headers of its browser
            StreamingServlet.refuseMethod("GET, HEAD, POST", response);
        } else if (isGuarded(request) && !isKnownHost(relay(), request.getHeader("Host"))) {
            Refusal.HOST.reported(Visit.of(request, relay()), relay()).error().answer(response);
        } else if (isPage(request) && relay().admission().isDraining()) {
            Refusal.DRAINING.answer(response);
        } else if (isPage(request)
                && isOfConsole(request)
                && !relay().settings().console().isOn()) {
            ConsoleServlet.OFF.answer(response);
        } else if (isWithoutServlet(request)) {
            refused(NO_SERVLET, request).answer(response);
        } else {
            chain.doFilter(request, response);
        }
    }

    /**
     * Passes a handshake. The container answers it within the chain or after it, and then opens the
     * session.
     */
    private void pass(
            HandshakePrincipal principal, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        PendingHandshake handshake = Objects.requireNonNull(principal.handshake());
        handshakes.add(handshake);
        HttpServletResponse answer = response;
        if (UnreadBodies.isGrizzly(request.getServletContext().getServerInfo())) {
            handshake.openedBy(new OpeningThread(Thread.currentThread()));
            LateAnswer late = new LateAnswer(response);
            handshake.holdBack(late);
            answer = late;
        }
        boolean upgraded = false;
        try {
            chain.doFilter(principal.wrap(request), answer);
            upgraded = response.getStatus() == HttpServletResponse.SC_SWITCHING_PROTOCOLS;
        } finally {
            handshake.answered(upgraded);
        }
    }

    /**
     * Gives up handshakes whose session does not open. The caller calls this several times a
     * second.
     */
    void sweep() {
        handshakes.removeIf(PendingHandshake::isSettled);
    }

    /** Logs the error, and returns it. */
    HttpError refused(HttpError error, HttpServletRequest request) {
        Visit.of(request, relay()).refused(error, relay());
        return error;
    }

    /** Returns the client with a place of its own, or a refusal, which is counted and logged. */
    Admitted admit(HttpServletRequest request) {
        HandshakePrincipal principal = principal(request);
        Admission.Answer answer = relay().admission().take(principal.peer().address());
        return answer instanceof Place place
                ? principal.with(new PendingHandshake(place, System::nanoTime))
                : Refusal.of((Admission.Refusal) answer).reported(Visit.of(request, relay()), relay());
    }

    /** Returns the schemes that a trusted proxy names for the request. */
    Set<String> schemes(HttpServletRequest request) {
        return relay().settings()
                .proxies()
                .schemes(request.getRemoteAddr(), Collections.list(request.getHeaders("X-Forwarded-Proto")));
    }

    /**
     * Returns whether the request needs a known Host. Health needs none, and so does an API with a
     * key.
     */
    private boolean isGuarded(HttpServletRequest request) {
        String path = request.getServletPath();
        boolean keyed = relay().settings().access().access() != Access.INSECURE;
        return !path.equals(root + "/health") && !(keyed && path.equals(root + "/api"));
    }

    Relay relay() {
        return relay.get();
    }

    /** Returns the client that sends the request, as yet without a place. */
    HandshakePrincipal principal(HttpServletRequest request) {
        return HandshakePrincipal.of(request, relay().settings(), logins, roles);
    }

    /** Returns false for a request to the application that contains the relay. */
    boolean isForRelay(HttpServletRequest request) {
        return root.isEmpty() || path(request).startsWith(root + "/");
    }

    private boolean isOfConsole(HttpServletRequest request) {
        return (path(request) + "/").startsWith(root + "/admin/");
    }

    private static String path(HttpServletRequest request) {
        String info = request.getPathInfo();
        return info == null ? request.getServletPath() : request.getServletPath() + info;
    }

    /**
     * Adds the path of a servlet, in the form of a mapping. The caller adds all of them before the
     * first request.
     */
    void serves(String mapping) {
        served.add(mapping);
    }

    /**
     * Returns true for the path of a servlet that the container does not have at present. Payara
     * serves such requests while it deploys or undeploys an application.
     */
    boolean isWithoutServlet(HttpServletRequest request) {
        if (!isPage(request)) {
            return false;
        }
        String path = path(request);
        return served.stream()
                .anyMatch(mapping -> mapping.endsWith("/*")
                        ? (path + "/").startsWith(mapping.substring(0, mapping.length() - 1))
                        : path.equals(mapping));
    }

    /** Returns true for a file, and for a path that no servlet of the relay answers. */
    static boolean isPage(HttpServletRequest request) {
        MappingMatch match = request.getHttpServletMapping().getMappingMatch();
        return match != MappingMatch.PATH && match != MappingMatch.EXACT;
    }

    /** Sets the headers that allow pages of the relay what they need, and nothing else. */
    static void secure(HttpServletResponse response) {
        response.setHeader("Content-Security-Policy", PAGE_POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
    }

    /**
     * Returns whether the request asks for an upgrade. Some clients offer HTTP/2 with every
     * request. Such an offer counts only with the key of a handshake (RFC 6455 section 4.1).
     */
    static boolean isHandshake(HttpServletRequest request) {
        String upgrade = request.getHeader("Upgrade");
        return upgrade != null && (!upgrade.equalsIgnoreCase("h2c") || request.getHeader(OpeningHandshake.KEY) != null);
    }

    /**
     * Returns the refusal of a handshake, which is counted and logged; null if it may go on.
     * {@code schemes} are those that a trusted proxy names.
     */
    static @Nullable Refusal refusal(Relay relay, Visit visit, Set<String> schemes) {
        if (relay.admission().isDraining()) {
            return Refusal.DRAINING.reported(visit, relay);
        }
        if (!isKnownHost(relay, visit.host())) {
            return Refusal.HOST.reported(visit, relay);
        }
        return relay.settings().origins().standing(visit.origins(), visit.host(), schemes) == Standing.REFUSED
                ? Refusal.ORIGIN.reported(visit, relay)
                : null;
    }

    private static boolean isKnownHost(Relay relay, @Nullable String host) {
        return relay.settings().hosts().allows(host);
    }
}
