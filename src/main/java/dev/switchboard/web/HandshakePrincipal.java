package dev.switchboard.web;

import dev.switchboard.Settings;
import dev.switchboard.hub.Client;
import dev.switchboard.limits.Admission.Place;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Peer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpSession;
import jakarta.websocket.Session;
import java.security.Principal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Carries what the {@link HandshakeFilter} knows of a client from the handshake to the session.
 *
 * <p>It is the principal of the request, because containers pass nothing else of a handshake to its
 * session.
 */
final class HandshakePrincipal implements Principal, HandshakeFilter.Admitted {

    private final Peer peer;
    private final @Nullable Login login;
    private final @Nullable PendingHandshake handshake;

    private HandshakePrincipal(Peer peer, @Nullable Login login, @Nullable PendingHandshake handshake) {
        this.peer = peer;
        this.login = login;
        this.handshake = handshake;
    }

    /** Returns this client with a handshake that has a place. */
    HandshakePrincipal with(PendingHandshake handshake) {
        return new HandshakePrincipal(peer, login, handshake);
    }

    /**
     * Returns the client that sends the request, as yet without a place. Asks the container for
     * {@code roles}.
     */
    static HandshakePrincipal of(HttpServletRequest request, Settings settings, Logins logins, Set<String> roles) {
        String address = settings.proxies()
                .client(request.getRemoteAddr(), Collections.list(request.getHeaders("X-Forwarded-For")));
        Set<String> granted = roles.stream().filter(request::isUserInRole).collect(Collectors.toUnmodifiableSet());
        Identity user = identity(request.getUserPrincipal(), granted);
        HttpSession session = user == null ? null : request.getSession(false);
        Login login = session == null ? null : logins.of(session);
        boolean loggedOut = session != null && login == null; // during the handshake
        return new HandshakePrincipal(
                new Peer(
                        address,
                        loggedOut ? null : user,
                        headers(request, settings.hooks().headers())),
                login,
                null);
    }

    private static Map<String, List<String>> headers(HttpServletRequest request, List<String> names) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String name : names) {
            List<String> values = Collections.list(request.getHeaders(name));
            if (!values.isEmpty()) {
                headers.put(name, values);
            }
        }
        return headers;
    }

    /**
     * Returns the client of a session. If no filter saw its handshake, takes the login of the
     * container.
     */
    static HandshakePrincipal of(Session session) {
        Principal principal = session.getUserPrincipal();
        return principal instanceof HandshakePrincipal known
                ? known
                : new HandshakePrincipal(new Peer("", identity(principal, Set.of())), null, null);
    }

    private static @Nullable Identity identity(@Nullable Principal principal, Set<String> roles) {
        String name = principal == null ? null : principal.getName();
        return name == null || name.isEmpty() ? null : Identity.login(name, roles);
    }

    /**
     * Returns the request with this principal, without what no endpoint needs, and without its HTTP
     * session: when that session ends, Tomcat would close a WebSocket with a principal. Undertow
     * does so too, and finds the session without asking the request.
     */
    HttpServletRequest wrap(HttpServletRequest request) {
        return new HttpServletRequestWrapper(new BriefRequest(request)) {
            @Override
            public Principal getUserPrincipal() {
                return HandshakePrincipal.this;
            }

            @Override
            public @Nullable HttpSession getSession(boolean create) {
                return create ? super.getSession(true) : null;
            }
        };
    }

    Peer peer() {
        return peer;
    }

    /** Returns null if no filter saw the handshake, or if it has no place. */
    @Nullable
    PendingHandshake handshake() {
        return handshake;
    }

    @Nullable
    Place place() {
        return handshake == null ? null : handshake.place();
    }

    /** Gives the place back, if there is one. May be called again. */
    void releasePlace() {
        Place taken = place();
        if (taken != null) {
            taken.leave();
        }
    }

    /** Tells the login that the client has connected. {@link #left} follows. */
    void entered(Client client) {
        if (login != null) {
            login.entered(client);
        }
    }

    /** Tells the login that the client has ended. May be called again. */
    void left(Client client) {
        if (login != null) {
            login.left(client);
        }
    }

    /** Returns the user of the login; empty if there is none. */
    @Override
    public String getName() {
        return peer.login() == null ? "" : peer.login().user();
    }
}
