package dev.switchboard.hub;

import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * What all clients of this node share.
 *
 * @param nanoTime monotonic, as {@link System#nanoTime}
 * @param writers carries on with writes that are too many for one thread; its tasks do not block
 * @param background runs what may block: closes, pings, the log lines of disconnects
 */
public record Node(
        Limits limits,
        Engine engine,
        AccessPolicy access,
        LongSupplier nanoTime,
        Executor writers,
        Executor background) {}
