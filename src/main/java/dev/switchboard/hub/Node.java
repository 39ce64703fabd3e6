package dev.switchboard.hub;

import dev.switchboard.limits.Admission;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.limits.Counters;
import dev.switchboard.limits.EventLog;
import dev.switchboard.limits.PauseAwareClock;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Witness;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Node holds what all clients of this node share.
 *
 * @param cluster the other nodes
 * @param application is asked before events happen, and told after
 * @param revocations the users and tokens that are refused
 * @param clock the time of publications
 * @param nanoTime monotonic, as {@link System#nanoTime}; for the expiry of grants
 * @param uptime nanoseconds in which clients could read, write and answer; for their timeouts
 * @param admission admits connections
 * @param writers writes frames for many clients; its tasks do not block
 * @param background runs tasks that may block: closes, pings
 * @param losses runs the tasks that tell clients what they have missed; see {@link Spread}
 * @param journal writes log lines in their order; if it cannot keep up, it drops lines
 * @param events writes what happens to clients, on the journal
 * @param witness sees what clients do, for operators
 */
public record Node(
        ClientLimits limits,
        Engine engine,
        Cluster cluster,
        AccessPolicy access,
        Application application,
        Revocations revocations,
        InstantSource clock,
        LongSupplier nanoTime,
        PauseAwareClock uptime,
        Admission admission,
        Counters counters,
        Executor writers,
        Executor background,
        Executor losses,
        Executor journal,
        EventLog events,
        Witness witness) {}
