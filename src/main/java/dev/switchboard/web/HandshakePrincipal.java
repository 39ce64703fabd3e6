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
 * The sender of a handshake, as the {@link HandshakeFilter} saw it.
 *
 * <p>It is the principal of the request. Containers pass nothing else of one handshake on to its
 * session.
 */
final class HandshakePrincipal implements Principal, HandshakeFilter.Admitted {

    private final Peer peer;
    private final @Nullable Login login;
    private final @Nullable PendingHandshake arrival;

    private HandshakePrincipal(Peer peer, @Nullable Login login, @Nullable PendingHandshake arrival) {
        this.peer = peer;
        this.login = login;
        this.arrival = arrival;
    }

    /** Returns this visitor with a handshake that was let in. */
    HandshakePrincipal arriving(PendingHandshake handshake) {
        return new HandshakePrincipal(peer, login, handshake);
    }

    /** Of the roles that the container gives, those that are asked for. */
    static HandshakePrincipal of(HttpServletRequest request, Settings settings, Logins logins, Set<String> roles) {
        String address = settings.proxies()
                .client(request.getRemoteAddr(), Collections.list(request.getHeaders("X-Forwarded-For")));
        Set<String> granted = roles.stream().filter(request::isUserInRole).collect(Collectors.toUnmodifiableSet());
        Identity user = identity(request.getUserPrincipal(), granted);
        HttpSession session = user == null ? null : request.getSession(false);
        Login login = session == null ? null : logins.of(session);
        boolean loggedOut = session != null && login == null; // while it shook hands
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

    /** Where no gate was passed, whom the container knows it to be. */
    static HandshakePrincipal of(Session session) {
        Principal principal = session.getUserPrincipal();
        return principal instanceof HandshakePrincipal visitor
                ? visitor
                : new HandshakePrincipal(new Peer("", identity(principal, Set.of())), null, null);
    }

    private static @Nullable Identity identity(@Nullable Principal principal, Set<String> roles) {
        String name = principal == null ? null : principal.getName();
        return name == null || name.isEmpty() ? null : Identity.login(name, roles);
    }

    /**
     * The request as the container's WebSocket part is to see it: brief, and without its HTTP session, with which Tomcat would end the connection of
     * whoever has a principal. Undertow does so as well, and finds the session without asking the request.
     */
    HttpServletRequest in(HttpServletRequest request) {
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

    /** Returns true if both have the same login of the container, or both have none. */
    boolean isSame(HandshakePrincipal other) {
        return getName().equals(other.getName());
    }

    Peer peer() {
        return peer;
    }

    /** Returns null if the visitor passed no gate, or took no place. */
    @Nullable
    PendingHandshake arrival() {
        return arrival;
    }

    @Nullable
    Place place() {
        return arrival == null ? null : arrival.place();
    }

    /** Gives the place back, if the visitor took one. */
    void giveBack() {
        Place taken = place();
        if (taken != null) {
            taken.leave();
        }
    }

    /** The client of this visitor is connected; {@link #left} follows. */
    void entered(Client client) {
        if (login != null) {
            login.entered(client);
        }
    }

    /** May be called again. */
    void left(Client client) {
        if (login != null) {
            login.left(client);
        }
    }

    /** Empty for nobody known. */
    @Override
    public String getName() {
        return peer.login() == null ? "" : peer.login().user();
    }
}
