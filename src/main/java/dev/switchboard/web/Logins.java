package dev.switchboard.web;

import dev.switchboard.Settings;
import jakarta.servlet.http.HttpSession;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the login of a session, and ends unused logins while their clients are connected.
 *
 * <p>Containers end an unused session themselves, but for Payara an open connection is a use. Any
 * thread.
 */
final class Logins {

    private final boolean keeping;
    private final LongSupplier clock;
    private final Set<Login> connected = ConcurrentHashMap.newKeySet();

    /** {@code clock} returns nanoseconds, as {@link System#nanoTime}. */
    Logins(Settings settings, LongSupplier clock) {
        this.keeping = settings.keepLogin();
        this.clock = clock;
    }

    /** Returns the login of a session; null if another request has ended the session. */
    @Nullable
    Login of(HttpSession session) {
        try {
            return login(session);
        } catch (IllegalStateException ended) {
            return null;
        }
    }

    private synchronized Login login(HttpSession session) {
        Login known = known(session);
        if (known != null) {
            return known;
        }
        SessionKeepAlive keepAlive = keeping ? new SessionKeepAlive(session) : null;
        Login login = new Login(session, connected, keepAlive, clock.getAsLong());
        session.setAttribute(Login.NAME, login);
        return login;
    }

    /** Notes a request with the session, also if another request has ended it. */
    void used(HttpSession session) {
        try {
            Login login = known(session);
            if (login != null) {
                login.used(clock.getAsLong());
            }
        } catch (IllegalStateException ended) {
            // an ended session needs no note
        }
    }

    /**
     * Returns the login; null if there is none, or if it was read from a disk without its clients.
     */
    private static @Nullable Login known(HttpSession session) {
        return session.getAttribute(Login.NAME) instanceof Login login && login.isHere() ? login : null;
    }

    /**
     * Ends unused logins. The caller calls this every few seconds. It may block, because the end of
     * a session calls the application.
     */
    void check() {
        RuntimeException failed = null;
        for (Login login : connected) {
            try {
                login.check(clock.getAsLong());
            } catch (RuntimeException failure) { // the check of the others continues
                failed = failure;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
