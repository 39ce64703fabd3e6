package dev.switchboard.web;

import dev.switchboard.hub.Client;
import dev.switchboard.model.Disconnect;
import jakarta.servlet.http.HttpSession;
import jakarta.servlet.http.HttpSessionBindingEvent;
import jakarta.servlet.http.HttpSessionBindingListener;
import java.io.Serializable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP session in which somebody is logged in, and the clients that came with it: when it ends, by a logout or because nobody used it,
 * they are disconnected and have to say anew who they are.
 *
 * <p>It lies in the session as an attribute, so the container tells it of every end, whatever the session's id has become. A container that
 * writes sessions to a disk writes it without its clients, which are gone by then. Any thread.
 */
final class Login implements HttpSessionBindingListener, Serializable {

    private static final System.Logger LOG = System.getLogger(Login.class.getName());

    private static final long serialVersionUID = 1;

    /** The name of the session's attribute. */
    static final String NAME = Login.class.getName();

    private final transient Set<Client> clients = ConcurrentHashMap.newKeySet();
    private final transient HttpSession session;
    private final transient Set<Login> connected;
    private final transient @Nullable SessionKeepAlive kept;
    private transient volatile long used;
    private transient volatile boolean ended;

    /** While clients of it are connected it is one of {@code connected}. Without {@code kept} the session expires as it is set to. */
    Login(HttpSession session, Set<Login> connected, @Nullable SessionKeepAlive kept, long now) {
        this.session = session;
        this.connected = connected;
        this.kept = kept;
        this.used = now;
    }

    /** False if it was read back from a disk, where its clients are not. */
    boolean isHere() {
        return clients != null;
    }

    /** A request came with the session. */
    void used(long now) {
        used = now;
        if (kept != null) {
            kept.used();
        }
    }

    /** The client came with the session; {@link #left} follows. */
    void entered(Client client) {
        if (clients.add(client)) {
            connected.add(this);
            if (kept != null) {
                kept.hold();
            }
        }
        if (ended) {
            client.disconnect(Disconnect.EXPIRED);
        }
    }

    /** May be called again, and for one that never entered. */
    void left(Client client) {
        if (!clients.remove(client)) {
            return;
        }
        if (clients.isEmpty()) {
            connected.remove(this);
            if (!clients.isEmpty()) { // somebody entered meanwhile
                connected.add(this);
            }
        }
        if (kept != null) {
            kept.release();
        }
    }

    /** Ends the session if it should have expired. May block, because the application hears of the end. */
    void check(long now) {
        try {
            if (kept != null || !isUnused(now)) {
                return;
            }
            session.invalidate();
        } catch (IllegalStateException over) { // it has ended already, whether or not the container said so
            LOG.log(System.Logger.Level.DEBUG, "a session that has ended", over);
        }
        end();
    }

    /**
     * For longer than it may be. The container knows of requests that never reach the {@link HandshakeFilter}; Payara tells the time of the request before
     * the last.
     */
    private boolean isUnused(long now) {
        long told = System.currentTimeMillis() - session.getLastAccessedTime();
        long seen = TimeUnit.NANOSECONDS.toMillis(now - used);
        long allowed = TimeUnit.SECONDS.toMillis(session.getMaxInactiveInterval());
        return allowed > 0 && Math.min(told, seen) > allowed;
    }

    /** The session has ended. */
    @Override
    public void valueUnbound(HttpSessionBindingEvent event) {
        if (isHere()) {
            end();
        }
    }

    private void end() {
        ended = true;
        clients.forEach(client -> client.disconnect(Disconnect.EXPIRED));
    }
}
