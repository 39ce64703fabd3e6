package dev.switchboard.web;

import jakarta.servlet.http.HttpSession;
import java.util.concurrent.TimeUnit;

/**
 * Keeps an HTTP session from expiring while clients hold it.
 *
 * <p>The end of the last hold counts as a request. Before Servlet 6.1 no method reports that to a
 * session, so this changes its interval. While the session is held, it never expires. When the last
 * client releases it, its interval is longer by the time since its last request. With the next
 * request it has its own interval again. Any thread.
 */
final class SessionKeepAlive {

    private static final int NEVER = -1;

    private final HttpSession session;
    private int holders;
    private int interval; // of the session itself, in seconds
    private int extended = NEVER; // in seconds; the value NEVER if it is not in use

    SessionKeepAlive(HttpSession session) {
        this.session = session;
    }

    /** Holds the session, also if it has ended. */
    synchronized void hold() {
        if (holders++ > 0) {
            return;
        }
        try {
            used();
            interval = session.getMaxInactiveInterval();
            session.setMaxInactiveInterval(NEVER);
        } catch (IllegalStateException ended) {
            interval = NEVER;
        }
    }

    /** Releases the session after a {@link #hold}, also if it has ended. */
    synchronized void release() {
        if (--holders > 0 || interval <= 0) {
            return;
        }
        try {
            long unused = System.currentTimeMillis() - session.getLastAccessedTime();
            extended = interval + Math.toIntExact(TimeUnit.MILLISECONDS.toSeconds(unused));
            session.setMaxInactiveInterval(extended);
        } catch (IllegalStateException ended) {
            extended = NEVER;
        }
    }

    /** Notes a request with the session. */
    synchronized void used() {
        if (extended != NEVER && session.getMaxInactiveInterval() == extended) {
            session.setMaxInactiveInterval(interval);
        }
        extended = NEVER;
    }
}
