package dev.switchboard.hub;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.limits.Counters;
import dev.switchboard.limits.EventLog;
import dev.switchboard.limits.NodeLimits;
import dev.switchboard.limits.PauseAwareClock;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Ledger;
import dev.switchboard.spi.Witness;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** Nodes for tests, with the default limits but for a small outbox. Publications have no time. */
public final class Nodes {

    /** The largest limits. */
    public static final NodeLimits UNBOUNDED = new NodeLimits(
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE,
            Long.MAX_VALUE);

    private Nodes() {}

    public static ClientLimits limits(int outboxBytes) {
        return new ClientLimits(
                Duration.ofSeconds(10),
                outboxBytes,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(25),
                Duration.ofSeconds(8),
                Duration.ofSeconds(10),
                128);
    }

    /** Returns a node with the largest limits of a node. */
    public static Node of(
            ClientLimits limits,
            Engine engine,
            AccessPolicy access,
            LongSupplier nanoTime,
            Executor writers,
            Executor background) {
        return of(limits, UNBOUNDED, engine, access, nanoTime, writers, background);
    }

    static Node of(
            ClientLimits limits,
            NodeLimits capacity,
            Engine engine,
            AccessPolicy access,
            LongSupplier nanoTime,
            Executor writers,
            Executor background) {
        return of(limits, capacity, engine, access, Application.NONE, nanoTime, writers, background);
    }

    /** Returns a node of a cluster that runs all tasks on the calling thread. */
    public static Node in(Cluster cluster, Engine engine, AccessPolicy access, LongSupplier nanoTime) {
        return of(
                limits(1_000_000),
                UNBOUNDED,
                engine,
                cluster,
                access,
                Application.NONE,
                nanoTime,
                Runnable::run,
                Runnable::run);
    }

    private static Node of(
            ClientLimits limits,
            NodeLimits capacity,
            Engine engine,
            AccessPolicy access,
            Application application,
            LongSupplier nanoTime,
            Executor writers,
            Executor background) {
        return of(limits, capacity, engine, Cluster.ALONE, access, application, nanoTime, writers, background);
    }

    private static Node of(
            ClientLimits limits,
            NodeLimits capacity,
            Engine engine,
            Cluster cluster,
            AccessPolicy access,
            Application application,
            LongSupplier nanoTime,
            Executor writers,
            Executor background) {
        Counters counters = new Counters();
        return new Node(
                limits,
                engine,
                cluster,
                access,
                application,
                new Revocations(InstantSource.system(), Ledger.NONE),
                () -> Instant.EPOCH,
                nanoTime,
                new PauseAwareClock(nanoTime, counters.pauses()),
                new Admission(capacity, nanoTime),
                counters,
                writers,
                background,
                writers,
                Runnable::run,
                new EventLog(Runnable::run, nanoTime, EventLog.Format.TEXT),
                Witness.NONE);
    }

    /** Returns the node with another clock for the time of publications. */
    public static Node timed(Node node, InstantSource clock) {
        return new Node(
                node.limits(),
                node.engine(),
                node.cluster(),
                node.access(),
                node.application(),
                node.revocations(),
                clock,
                node.nanoTime(),
                node.uptime(),
                node.admission(),
                node.counters(),
                node.writers(),
                node.background(),
                node.losses(),
                node.journal(),
                node.events(),
                node.witness());
    }

    /** Returns a node that runs all tasks on the calling thread. */
    public static Node simple() {
        return simple(new OpenAccess());
    }

    public static Node simple(AccessPolicy access) {
        return of(limits(100_000), memory(System::nanoTime), access, System::nanoTime, Runnable::run, Runnable::run);
    }

    /** Returns a node as {@link #simple()} does, with that application. */
    public static Node simple(AccessPolicy access, Application application) {
        return of(
                limits(100_000),
                UNBOUNDED,
                memory(System::nanoTime),
                access,
                application,
                System::nanoTime,
                Runnable::run,
                Runnable::run);
    }

    /**
     * Returns a node as {@link #simple()} does, with that application and that grace for expired
     * grants.
     */
    public static Node simple(AccessPolicy access, Application application, LongSupplier nanoTime, Duration grace) {
        Duration ten = Duration.ofSeconds(10);
        return of(
                new ClientLimits(ten, 100_000, ten, ten, Duration.ofDays(1), ten, ten, 128, grace),
                UNBOUNDED,
                memory(nanoTime),
                access,
                application,
                nanoTime,
                Runnable::run,
                Runnable::run);
    }

    /** Returns a node as {@link #simple()} does, with that clock. */
    public static Node simple(LongSupplier nanoTime) {
        return of(limits(100_000), memory(nanoTime), new OpenAccess(), nanoTime, Runnable::run, Runnable::run);
    }

    public static Engine memory(LongSupplier nanoTime) {
        return new MemoryEngine(10_000_000, nanoTime, Runnable::run);
    }

    static Node clocked(int outboxBytes, LongSupplier nanoTime, Executor background) {
        return of(limits(outboxBytes), memory(nanoTime), new OpenAccess(), nanoTime, Runnable::run, background);
    }
}
