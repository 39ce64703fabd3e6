package dev.switchboard.web;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Disconnect;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import java.io.Serializable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP session in which somebody is logged in, and the clients that came with it: when it ends, by a logout or because nobody used it,
 * they are disconnected and have to say anew who they are.
 *
 * <p>It lies in the session as an attribute, so the container tells it of every end, whatever the session's id has become. A container that
 * writes sessions to a disk writes it without its clients, which are gone by then. Any thread.
 */
final class Login implements HttpSessionBindingListener, Serializable {

    private static final long serialVersionUID = 1;

    private static final String NAME = Login.class.getName();

    private static final Object CREATION = new Object();

    private final transient Set<Client> clients = ConcurrentHashMap.newKeySet();
    private final transient @Nullable KeptSession kept;
    private transient volatile boolean ended;

    private Login(@Nullable KeptSession kept) {
        this.kept = kept;
    }

    /** That of a session which expires as it is set to. */
    static Login of(HttpSession session) {
        return of(session, null);
    }

    /** That of a session which does not expire while a client of it is connected. */
    static Login keeping(HttpSession session) {
        return of(session, new KeptSession(session));
    }

    private static Login of(HttpSession session, @Nullable KeptSession kept) {
        synchronized (CREATION) {
            if (session.getAttribute(NAME) instanceof Login login && login.clients != null) {
                return login;
            }
            Login login = new Login(kept);
            session.setAttribute(NAME, login);
            return login;
        }
    }

    /** A request came with the session, which another request may have ended meanwhile. */
    static void used(HttpSession session) {
        try {
            if (session.getAttribute(NAME) instanceof Login login && login.kept != null) {
                login.kept.used();
            }
        } catch (IllegalStateException ended) { // and so there is nothing to be kept
        }
    }

    /** The client came with the session; {@link #left} follows. */
    void entered(Client client) {
        if (clients.add(client) && kept != null) {
            kept.hold();
        }
        if (ended) {
            client.disconnect(Disconnect.EXPIRED);
        }
    }

    /** May be called again, and for one that never entered. */
    void left(Client client) {
        if (clients.remove(client) && kept != null) {
            kept.release();
        }
    }

    /** The session has ended. */
    @Override
    public void valueUnbound(HttpSessionBindingEvent event) {
        ended = true;
        if (clients != null) { // null if it was read back from a disk
            clients.forEach(client -> client.disconnect(Disconnect.EXPIRED));
        }
    }
}
