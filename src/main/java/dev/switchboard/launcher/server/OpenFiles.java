package dev.switchboard.launcher.server;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** Tells how many of the files that the process may open are for connections. */
final class OpenFiles {

    /** Files for the log, the engine, hooks and what Java itself opens. */
    private static final long LEAST_RESERVE = 64;

    /** A server with fewer files has probably the limit of a login shell, not one that was chosen for it. */
    private static final long FEW = 10_000;

    private OpenFiles() {}

    /** Prints a warning if the process may open so few files that clients will have to wait. */
    static void warnIfFew() {
        if (limit() < FEW) {
            System.err.println("switchboard: this process may open only " + limit() + " files (ulimit -n); beyond "
                    + forConnections() + " connections a client waits until another one leaves");
        }
    }

    /** Returns how many files the process may open, a large number if the system does not tell. */
    static long limit() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getMaxFileDescriptorCount()
                : Integer.MAX_VALUE;
    }

    /**
     * Returns how many connections may be open at a time. Beyond them a client waits in the queue of
     * the operating system. Without this limit {@code accept} fails, XNIO then accepts nothing for up
     * to 30 s, and all else that opens a file fails too.
     */
    static int forConnections() {
        long limit = limit();
        return (int) Math.max(LEAST_RESERVE, Math.min(Integer.MAX_VALUE, limit - Math.max(LEAST_RESERVE, limit / 16)));
    }
}
