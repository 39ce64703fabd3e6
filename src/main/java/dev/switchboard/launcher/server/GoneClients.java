package dev.switchboard.launcher.server;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Set;
import java.util.logging.Filter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Drops the log entries of Undertow about clients that have disconnected.
 *
 * <p>The relay itself logs one line for each of these clients.
 */
final class GoneClients implements Filter {

    /** The messages of Linux and the JDK for a connection that the client has ended. */
    private static final Set<String> ENDED = Set.of("Broken pipe", "Connection reset by peer", "Connection reset");

    private static final String OUTPUT = "io.undertow.servlet.spec.ServletOutputStreamImpl";

    /** Filters the handlers of the root logger from now on. */
    static void dropTraces() {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setFilter(new GoneClients());
        }
    }

    @Override
    public boolean isLoggable(LogRecord line) {
        String logger = String.valueOf(line.getLoggerName());
        Throwable failure = line.getThrown();
        return failure == null
                || !logger.startsWith("io.undertow") && !logger.startsWith("org.xnio")
                || !isGone(failure);
    }

    private static boolean isGone(Throwable failure) {
        if (failure instanceof NullPointerException) { // Undertow frees its buffers when the connection ends
            StackTraceElement[] trace = failure.getStackTrace();
            return trace.length > 0 && trace[0].getClassName().equals(OUTPUT);
        }
        return failure instanceof ClosedChannelException
                || failure instanceof IOException && ENDED.contains(String.valueOf(failure.getMessage()));
    }
}
