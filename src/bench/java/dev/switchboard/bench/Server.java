package dev.switchboard.bench;

import java.util.List;

/**
 * A server of the benchmark.
 *
 * @param health the path that answers 200 when the server is ready; if empty, the server is ready
 *     when it accepts connections
 * @param nodes the number of its processes, each with a port of its own
 */
record Server(String name, String title, Kind kind, Command command, String health, int nodes) {

    Server(String name, String title, Kind kind, Command command, String health) {
        this(name, title, kind, command, health, 1);
    }

    /** Decides what can be measured in the server's process. */
    enum Kind {
        SWITCHBOARD,
        /** The relay with a log, which the operating system flushes. */
        WITH_LOG,
        /** The relay with a log, which it flushes itself. */
        WITH_FLUSHED_LOG,
        /** The relay with Redis. */
        WITH_REDIS,
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

    /** Returns whether it is the relay with an engine that keeps histories outside its memory. */
    boolean keepsHistoryOutside() {
        return kind == Kind.WITH_LOG || kind == Kind.WITH_FLUSHED_LOG || kind == Kind.WITH_REDIS;
    }

    boolean isJava() {
        return kind != Kind.OTHER;
    }
}
