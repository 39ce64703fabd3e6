package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.access.Access;
import dev.switchboard.access.Hosts;
import dev.switchboard.access.Origins.Standing;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.Admission.Place;
import dev.switchboard.model.ClientError;
import dev.switchboard.protocol.RawProtocol;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.MappingMatch;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers 403, 421 or 503 to a WebSocket handshake that is not to be, and says of the others who comes; all other answers it makes safe for browsers.
 *
 * <p>In the WAR it looks at every request with an {@code Upgrade} header, whatever its path, so that no spelling of the path avoids it; within an application
 * at those below the relay's own path, as the container reads it. Whatever comes past it, on Jetty all, as it upgrades before filters run, {@link HandshakeConfigurator}
 * refuses.
 */
final class HandshakeFilter extends HttpFilter {

    private static final System.Logger LOG = System.getLogger(HandshakeFilter.class.getName());

    /** The answer to a visitor: the visitor with a place, or a refusal. */
    sealed interface Admitted permits HandshakePrincipal, Refusal {}

    /** Why a handshake is refused; all but the first two are temporary. */
    enum Refusal implements Admitted {
        HOST(421, "This server does not go by that name. The setting switchboard.hosts says which names it has."),
        ORIGIN(
                HttpServletResponse.SC_FORBIDDEN,
                "This Origin may not connect. The setting switchboard.origins allows others than the server's own."),
        DRAINING("This server is about to stop.", 5, 30),
        CONNECTIONS("This server has as many connections as it may.", 5, 30),
        ADDRESS("Too many connections come from this address.", 5, 30),
        WAITING("Too many connections have yet to say who they are.", 5, 30),
        MEMORY("Too much waits for those who are here.", 5, 30),
        RATE("Connections come too fast.", 1, 3);

        private final int status;
        private final String text;
        private final int earliest;
        private final int latest;

        Refusal(int status, String text) {
            this.status = status;
            this.text = text;
            this.earliest = 0;
            this.latest = 0;
        }

        /** The times are seconds after which to come again; not all together, so anywhere between them. */
        Refusal(String text, int earliest, int latest) {
            this.status = HttpServletResponse.SC_SERVICE_UNAVAILABLE;
            this.text = text;
            this.earliest = earliest;
            this.latest = latest;
        }

        static Refusal of(Admission.Refusal why) {
            return valueOf(why.name());
        }

        /** The word for it in metrics. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        HttpError problem() {
            return latest == 0
                    ? new HttpError(status, ClientError.PERMISSION_DENIED.code(), text)
                    : new HttpError(
                            status,
                            ClientError.INTERNAL.code(),
                            text,
                            ThreadLocalRandom.current().nextInt(earliest, latest + 1));
        }

        /** Returns an event stream that says when to reconnect. Not for {@link #ORIGIN}. */
        String comeAgain() {
            return RawProtocol.retry(Duration.ofSeconds(earliest), Duration.ofSeconds(latest));
        }

        void answer(HttpServletResponse response) throws IOException {
            problem().head(response);
            caution(response);
            response.setContentType("text/plain;charset=UTF-8");
            response.getWriter().println(text);
        }
    }

    /** Scripts, styles and pictures from the server itself; connections to it alone, by HTTP or WebSocket, which browsers take for the same. */
    private static final String PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final transient Supplier<Relay> relay;
    private final transient Logins logins;
    private final transient Set<String> roles;
    private final String root;
    private final transient Set<PendingHandshake> arrivals = ConcurrentHashMap.newKeySet();

    /** The relay need not be there before the first request; {@code roles} are those that make a difference. */
    HandshakeFilter(Supplier<Relay> relay, Logins logins, Set<String> roles) {
        this(relay, logins, roles, "");
    }

    /** What is below {@code root} is the relay's; all, if it is empty. */
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
        if (!isOurs(request)) {
            chain.doFilter(request, response);
            return;
        }
        if (HeadSize.isTooLarge(request)) {
            caution(response);
            HeadSize.TOO_LARGE.answer(response);
            return;
        }
        HttpError fault = OpeningHandshake.fault(request);
        if (fault != null) {
            caution(response);
            OpeningHandshake.refuse(fault, response);
            return;
        }
        if (!isHandshake(request)) {
            pass(request, response, chain);
            return;
        }
        Refusal refusal = refusal(
                relay(), Collections.list(request.getHeaders("Origin")), request.getHeader("Host"), schemes(request));
        Admitted admitted = refusal == null ? admit(visitor(request)) : refusal;
        if (admitted instanceof HandshakePrincipal visitor) {
            pass(visitor, request, response, chain);
        } else {
            ((Refusal) admitted).answer(response);
        }
    }

    private void pass(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        caution(response);
        if (request.getMethod().equals("TRACE")) { // would show a page what its browser sends along
            Streaming.refuseMethod("GET, HEAD, POST", response);
        } else if (isGuarded(request) && !isCalledByName(relay(), request.getHeader("Host"))) {
            counted(relay(), Refusal.HOST).problem().answer(response);
        } else if (isPage(request) && relay().admission().isDraining()) {
            Refusal.DRAINING.answer(response);
        } else {
            chain.doFilter(request, response);
        }
    }

    /** Passes the handshake on. The container answers it within the chain or after it, and then opens the session. */
    private void pass(
            HandshakePrincipal visitor, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        PendingHandshake arrival = Objects.requireNonNull(visitor.arrival());
        arrivals.add(arrival);
        boolean upgraded = false;
        try {
            chain.doFilter(visitor.in(request), response);
            upgraded = response.getStatus() == HttpServletResponse.SC_SWITCHING_PROTOCOLS;
        } finally {
            arrival.answered(upgraded);
        }
    }

    /** Gives up handshakes whose session does not open. To be called several times a second. */
    void sweep() {
        arrivals.removeIf(PendingHandshake::isSettled);
    }

    /** Lets the visitor in with a place of its own, or returns a refusal, which is counted. */
    Admitted admit(HandshakePrincipal visitor) {
        Admission.Answer answer = relay().admission().take(visitor.peer().address());
        return answer instanceof Place place
                ? visitor.arriving(new PendingHandshake(place, System::nanoTime))
                : counted(relay(), Refusal.of((Admission.Refusal) answer));
    }

    /** Returns the schemes of the request, as a trusted proxy says. */
    Set<String> schemes(HttpServletRequest request) {
        return relay().settings()
                .proxies()
                .schemes(request.getRemoteAddr(), Collections.list(request.getHeaders("X-Forwarded-Proto")));
    }

    /** Returns whether the request needs a known Host: all but health, and the API where it needs a key. */
    private boolean isGuarded(HttpServletRequest request) {
        String path = request.getServletPath();
        boolean keyed = relay().settings().access().access() != Access.INSECURE;
        return !path.equals(root + "/health") && !(keyed && path.equals(root + "/api"));
    }

    Relay relay() {
        return relay.get();
    }

    /** Returns the visitor that makes the request. */
    HandshakePrincipal visitor(HttpServletRequest request) {
        return HandshakePrincipal.of(request, relay().settings(), logins, roles);
    }

    /** False for what an application serves within which the relay is. */
    boolean isOurs(HttpServletRequest request) {
        if (root.isEmpty()) {
            return true;
        }
        String info = request.getPathInfo();
        String path = info == null ? request.getServletPath() : request.getServletPath() + info;
        return path.startsWith(root + "/");
    }

    /** Returns true for a file, and for a path that no servlet of the relay answers. */
    static boolean isPage(HttpServletRequest request) {
        MappingMatch match = request.getHttpServletMapping().getMappingMatch();
        return match != MappingMatch.PATH && match != MappingMatch.EXACT;
    }

    /** Tells browsers what our pages need, which is to be all that they get. */
    private static void caution(HttpServletResponse response) {
        response.setHeader("Content-Security-Policy", PAGE_POLICY);
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
    }

    /** An offer of HTTP/2, which some clients make with every request, is none, but with the header that every handshake has (RFC 6455 section 4.1). */
    static boolean isHandshake(HttpServletRequest request) {
        String upgrade = request.getHeader("Upgrade");
        return upgrade != null && (!upgrade.equalsIgnoreCase("h2c") || request.getHeader(OpeningHandshake.KEY) != null);
    }

    /** Returns why a handshake from that page is refused, which is counted; null if nothing is against it. */
    static @Nullable Refusal refusal(Relay relay, List<String> origins, @Nullable String host, Set<String> schemes) {
        if (relay.admission().isDraining()) {
            return counted(relay, Refusal.DRAINING);
        }
        if (!isCalledByName(relay, host)) {
            return counted(relay, Refusal.HOST);
        }
        return relay.settings().origins().standing(origins, host, schemes) == Standing.REFUSED
                ? counted(relay, Refusal.ORIGIN)
                : null;
    }

    /** Returns whether that is a name of the server, and tells the operator if not. */
    private static boolean isCalledByName(Relay relay, @Nullable String host) {
        Hosts hosts = relay.settings().hosts();
        if (hosts.allows(host)) {
            return true;
        }
        String complaint = hosts.complaint(Objects.requireNonNullElse(host, ""));
        if (complaint != null) {
            relay.background().execute(() -> LOG.log(System.Logger.Level.WARNING, complaint)); // a log may block
        }
        return false;
    }

    static Refusal counted(Relay relay, Refusal why) {
        relay.counters().refusals().count(why.label());
        return why;
    }
}
