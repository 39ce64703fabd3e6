package dev.switchboard.bench;

import java.util.List;

/**
 * A server of the benchmark.
 *
 * @param health the path that answers 200 when the server is ready; if empty, the server is ready
 *     when it accepts connections
 */
record Server(String name, String title, Kind kind, Command command, String health) {

    /** Decides what can be measured in the server's process. */
    enum Kind {
        SWITCHBOARD,
        /** The relay with a log, which the operating system flushes. */
        WITH_LOG,
        /** The relay with a log, which it flushes itself. */
        WITH_FLUSHED_LOG,
        OTHER_JAVA,
        OTHER
    }

    /** Returns the command line that starts the server on a port of the loopback interface. */
    interface Command {
        List<String> on(int port);
    }

    /** The name of the server with which all others are compared. */
    static final String YARDSTICK = "yardstick";

    /** Returns whether it is the relay with its default settings. */
    boolean isRelay() {
        return kind == Kind.SWITCHBOARD;
    }

    boolean hasLog() {
        return kind == Kind.WITH_LOG || kind == Kind.WITH_FLUSHED_LOG;
    }

    boolean isJava() {
        return kind != Kind.OTHER;
    }
}
