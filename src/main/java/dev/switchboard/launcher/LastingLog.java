package dev.switchboard.launcher;

import java.util.logging.LogManager;

/**
 * Logs until the JVM has ended. The log manager of the JDK removes its handlers in a shutdown hook,
 * so the last disconnects would not be logged.
 */
public final class LastingLog extends LogManager {

    @Override
    public void reset() {}
}
