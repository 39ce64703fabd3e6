package dev.switchboard.bench;

import java.util.List;

/**
 * A server that takes part.
 *
 * @param health path that answers 200 when it is ready; empty if it is when it takes connections
 */
record Server(String name, String title, Kind kind, Command command, String health) {

    /** What is known about what is in it. */
    enum Kind {
        SWITCHBOARD,
        OTHER_JAVA,
        OTHER
    }

    /** What starts it on that port of the loopback. */
    interface Command {
        List<String> on(int port);
    }

    /** The name of what all others are compared with. */
    static final String YARDSTICK = "yardstick";

    boolean isRelay() {
        return kind == Kind.SWITCHBOARD;
    }

    boolean isJava() {
        return kind != Kind.OTHER;
    }
}
