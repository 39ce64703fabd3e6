package dev.switchboard.web;

import dev.switchboard.access.Proxies;
import dev.switchboard.hub.Peer;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.websocket.Session;
import java.security.Principal;
import java.util.Collections;

/**
 * Whoever shakes hands, as the {@link Gate} saw it: it goes as the request's principal to the session that comes of the handshake, because
 * containers bring nothing else there that belongs to one handshake alone.
 */
final class Visitor implements Principal {

    private static final Visitor UNKNOWN = new Visitor(Peer.UNKNOWN);

    private final Peer peer;

    private Visitor(Peer peer) {
        this.peer = peer;
    }

    static Visitor of(HttpServletRequest request, Proxies proxies) {
        String address =
                proxies.client(request.getRemoteAddr(), Collections.list(request.getHeaders("X-Forwarded-For")));
        return new Visitor(new Peer(address, null));
    }

    /** Nobody known where no gate was passed. */
    static Visitor of(Session session) {
        return session.getUserPrincipal() instanceof Visitor visitor ? visitor : UNKNOWN;
    }

    /** The request as the container's WebSocket part is to see it. */
    HttpServletRequest in(HttpServletRequest request) {
        return new HttpServletRequestWrapper(request) {
            @Override
            public Principal getUserPrincipal() {
                return Visitor.this;
            }
        };
    }

    Peer peer() {
        return peer;
    }

    /** Empty for nobody known. */
    @Override
    public String getName() {
        return peer.login() == null ? "" : peer.login().user();
    }
}
