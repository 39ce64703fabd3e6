package dev.switchboard.launcher;

import java.util.logging.LogManager;

/** Keeps its handlers while the JVM ends: the JDK's own resets them in a shutdown hook, and the last disconnects would never be logged. */
public final class LastingLog extends LogManager {

    @Override
    public void reset() {}
}
