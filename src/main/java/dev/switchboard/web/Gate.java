package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.hub.Admission;
import dev.switchboard.hub.ClientError;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.MappingMatch;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers 403 or 503 to a WebSocket handshake that is not to be, and says of the others who comes; all other answers it makes safe for browsers.
 *
 * <p>In the WAR it looks at every request with an {@code Upgrade} header, whatever its path, so that no spelling of the path avoids it; within an application
 * at those below the relay's own path, as the container reads it. Whatever comes past it, on Jetty all, as it upgrades before filters run, {@link Handshake}
 * refuses.
 */
final class Gate extends HttpFilter {

    /** Why a handshake is refused; all but the first pass. */
    enum Refusal {
        ORIGIN(
                "This Origin may not connect. The setting switchboard.origins allows others than the server's own.",
                0,
                0),
        DRAINING("This server is about to stop.", 5, 30),
        CONNECTIONS("This server has as many connections as it may.", 5, 30),
        ADDRESS("Too many connections come from this address.", 5, 30),
        WAITING("Too many connections have yet to say who they are.", 5, 30),
        MEMORY("Too much waits for those who are here.", 5, 30),
        RATE("Connections come too fast.", 1, 3);

        private final String text;
        private final int earliest;
        private final int latest;

        /** The times are seconds after which to come again; not all together, so anywhere between them. */
        Refusal(String text, int earliest, int latest) {
            this.text = text;
            this.earliest = earliest;
            this.latest = latest;
        }

        /** The word for it in metrics. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        Problem problem() {
            return this == ORIGIN
                    ? new Problem(HttpServletResponse.SC_FORBIDDEN, ClientError.PERMISSION_DENIED.code(), text)
                    : new Problem(
                            HttpServletResponse.SC_SERVICE_UNAVAILABLE,
                            ClientError.INTERNAL.code(),
                            text,
                            ThreadLocalRandom.current().nextInt(earliest, latest + 1));
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

    /** The relay need not be there before the first request; {@code roles} are those that make a difference. */
    Gate(Supplier<Relay> relay, Logins logins, Set<String> roles) {
        this(relay, logins, roles, "");
    }

    /** What is below {@code root} is the relay's; all, if it is empty. */
    Gate(Supplier<Relay> relay, Logins logins, Set<String> roles, String root) {
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
        Problem fault = OpeningHandshake.fault(request);
        if (fault != null) {
            caution(response);
            OpeningHandshake.refuse(fault, response);
            return;
        }
        if (!isHandshake(request)) {
            pass(request, response, chain);
            return;
        }
        Visitor visitor = visitor(request);
        Refusal refusal = refusal(
                relay.get(),
                Collections.list(request.getHeaders("Origin")),
                request.getHeader("Host"),
                visitor.peer().address());
        if (refusal == null) {
            chain.doFilter(visitor.in(request), response);
        } else {
            refusal.answer(response);
        }
    }

    private void pass(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (isPage(request) && relay.get().admission().isDraining()) {
            Refusal.DRAINING.answer(response);
            return;
        }
        caution(response);
        if (request.getMethod().equals("TRACE")) { // would show a page what its browser sends along
            Streaming.refuseMethod("GET, HEAD, POST", response);
        } else {
            chain.doFilter(request, response);
        }
    }

    Relay relay() {
        return relay.get();
    }

    /** Who makes the request. */
    Visitor visitor(HttpServletRequest request) {
        return Visitor.of(request, relay().settings(), logins, roles);
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
    private static boolean isPage(HttpServletRequest request) {
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

    /** Why a handshake is refused, null if it is not; asked once for each, which counts. */
    static @Nullable Refusal refusal(Relay relay, List<String> origins, @Nullable String host, String address) {
        Refusal why = null;
        if (relay.admission().isDraining()) {
            why = Refusal.DRAINING;
        } else if (!relay.settings().origins().allows(origins, host)) {
            why = Refusal.ORIGIN;
        } else {
            Admission.Refusal full = relay.admission().refusal(address);
            if (full != null) {
                why = Refusal.valueOf(full.name());
            }
        }
        if (why != null) {
            relay.counters().refusals().count(why.label());
        }
        return why;
    }
}
