package dev.switchboard.web;

import dev.switchboard.Settings;
import jakarta.servlet.http.HttpSession;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The logins of this deployment: finds that of a session, and ends those that nobody uses while clients of them are connected.
 *
 * <p>Containers end a session that nobody uses, but Payara takes its open connection for a use. Any thread.
 */
final class Logins {

    private final boolean keeping;
    private final LongSupplier clock;
    private final Set<Login> connected = ConcurrentHashMap.newKeySet();

    /** The clock is {@link System#nanoTime} or one like it. */
    Logins(Settings settings, LongSupplier clock) {
        this.keeping = settings.keepLogin();
        this.clock = clock;
    }

    /** That of the session of a request; null if another request has ended it meanwhile. */
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
        SessionKeepAlive kept = keeping ? new SessionKeepAlive(session) : null;
        Login login = new Login(session, connected, kept, clock.getAsLong());
        session.setAttribute(Login.NAME, login);
        return login;
    }

    /** A request came with the session, which another may have ended meanwhile. */
    void used(HttpSession session) {
        try {
            Login login = known(session);
            if (login != null) {
                login.used(clock.getAsLong());
            }
        } catch (IllegalStateException ended) { // and so there is nothing to be kept
        }
    }

    /** None of one that was read back from a disk: it has lost its clients. */
    private static @Nullable Login known(HttpSession session) {
        return session.getAttribute(Login.NAME) instanceof Login login && login.isHere() ? login : null;
    }

    /** Ends those that have not been used for too long. To be called every few seconds; it may block, as ending a session calls the application. */
    void check() {
        RuntimeException failed = null;
        for (Login login : connected) {
            try {
                login.check(clock.getAsLong());
            } catch (RuntimeException failure) { // the others have their turn all the same
                failed = failure;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }
}
