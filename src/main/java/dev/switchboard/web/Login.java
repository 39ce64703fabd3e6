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
 * Disconnects the clients of a login when its HTTP session ends, by a logout or because it expires.
 *
 * <p>It is an attribute of the session, so the container reports each end, also after a change of
 * the session id. If a container writes sessions to a disk, it writes this without the clients,
 * which have ended by then. Any thread.
 */
final class Login implements HttpSessionBindingListener, Serializable {

    private static final System.Logger LOG = System.getLogger(Login.class.getName());

    private static final long serialVersionUID = 1;

    /** The name of the attribute. */
    static final String NAME = Login.class.getName();

    private final transient Set<Client> clients = ConcurrentHashMap.newKeySet();
    private final transient HttpSession session;
    private final transient Set<Login> connected;
    private final transient @Nullable SessionKeepAlive keepAlive;
    private transient volatile long used;
    private transient volatile boolean ended;

    /**
     * While it has clients, this login is in {@code connected}. If {@code keepAlive} is null, the
     * session expires while clients are connected.
     */
    Login(HttpSession session, Set<Login> connected, @Nullable SessionKeepAlive keepAlive, long now) {
        this.session = session;
        this.connected = connected;
        this.keepAlive = keepAlive;
        this.used = now;
    }

    /** Returns false if this was read from a disk, without its clients. */
    boolean isHere() {
        return clients != null;
    }

    /** Notes a request with the session. */
    void used(long now) {
        used = now;
        if (keepAlive != null) {
            keepAlive.used();
        }
    }

    /** Adds a client that has connected with the session. {@link #left} follows. */
    void entered(Client client) {
        if (clients.add(client)) {
            connected.add(this);
            if (keepAlive != null) {
                keepAlive.hold();
            }
        }
        if (ended) {
            client.disconnect(Disconnect.EXPIRED);
        }
    }

    /** Removes a client. May be called again, and for a client that never entered. */
    void left(Client client) {
        if (!clients.remove(client)) {
            return;
        }
        if (clients.isEmpty()) {
            connected.remove(this);
            if (!clients.isEmpty()) { // a client has entered meanwhile
                connected.add(this);
            }
        }
        if (keepAlive != null) {
            keepAlive.release();
        }
    }

    /**
     * Ends the session if it should have expired. May block, because the application hears of the
     * end.
     */
    void check(long now) {
        try {
            if (keepAlive != null || !isUnused(now)) {
                return;
            }
            session.invalidate();
        } catch (IllegalStateException over) { // it has ended, and not every container reports that
            LOG.log(System.Logger.Level.DEBUG, "a session that has ended", over);
        }
        end();
    }

    /**
     * Returns whether the session should have expired. The container also counts requests that
     * never reach the {@link HandshakeFilter}, and Payara returns the time of the last request but
     * one.
     */
    private boolean isUnused(long now) {
        long byContainer = System.currentTimeMillis() - session.getLastAccessedTime();
        long byFilter = TimeUnit.NANOSECONDS.toMillis(now - used);
        long allowed = TimeUnit.SECONDS.toMillis(session.getMaxInactiveInterval());
        return allowed > 0 && Math.min(byContainer, byFilter) > allowed;
    }

    /** Disconnects the clients, because the session has ended. */
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
