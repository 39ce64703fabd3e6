package dev.switchboard.hub;

import dev.switchboard.limits.Admission;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.limits.Counters;
import dev.switchboard.limits.PauseAwareClock;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Engine;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * What all clients of this node share.
 *
 * @param application asked before things happen
 * @param nanoTime monotonic, as {@link System#nanoTime}: until when something holds
 * @param uptime the time that clients had to read, write and answer
 * @param revocations who may be here no longer
 * @param admission who may still come
 * @param writers carries on with writes that are too many for one thread; its tasks do not block
 * @param background runs what may block: closes, pings
 * @param journal writes log lines, in their order; drops them rather than keep a client waiting
 */
public record Node(
        ClientLimits limits,
        Engine engine,
        AccessPolicy access,
        Application application,
        Revocations revocations,
        LongSupplier nanoTime,
        PauseAwareClock uptime,
        Admission admission,
        Counters counters,
        Executor writers,
        Executor background,
        Executor journal) {}
