package dev.switchboard.web;

import jakarta.servlet.http.HttpSession;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP session that does not expire while somebody holds it, and after that lives as long as after a request.
 *
 * <p>A session cannot be told that it was used before Servlet 6.1. So it gets no end while it is held, one that is later by the time of
 * silence when it is let go, and its own again with the next request. Any thread.
 */
final class SessionKeepAlive {

    private static final int NEVER = -1;

    private final HttpSession session;
    private int holders;
    private int own;
    private int extended = NEVER;

    SessionKeepAlive(HttpSession session) {
        this.session = session;
    }

    /** Also of one that has ended meanwhile. */
    synchronized void hold() {
        if (holders++ > 0) {
            return;
        }
        try {
            used();
            own = session.getMaxInactiveInterval();
            session.setMaxInactiveInterval(NEVER);
        } catch (IllegalStateException ended) {
            own = NEVER;
        }
    }

    /** Follows each {@link #hold}; also when the session has ended meanwhile. */
    synchronized void release() {
        if (--holders > 0 || own <= 0) {
            return;
        }
        try {
            long silence = System.currentTimeMillis() - session.getLastAccessedTime();
            extended = own + Math.toIntExact(TimeUnit.MILLISECONDS.toSeconds(silence));
            session.setMaxInactiveInterval(extended);
        } catch (IllegalStateException ended) {
            extended = NEVER;
        }
    }

    /** A request came. */
    synchronized void used() {
        if (extended != NEVER && session.getMaxInactiveInterval() == extended) {
            session.setMaxInactiveInterval(own);
        }
        extended = NEVER;
    }
}
