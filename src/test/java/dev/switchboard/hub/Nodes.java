package dev.switchboard.hub;

import dev.switchboard.engine.MemoryEngine;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** Nodes for tests: the limits that ship, but for a small outbox. */
public final class Nodes {

    private Nodes() {}

    public static Limits limits(int outboxBytes) {
        return new Limits(
                outboxBytes,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(25),
                Duration.ofSeconds(8),
                Duration.ofSeconds(10),
                128);
    }

    /** Does everything on the thread that asks for it. */
    public static Node simple() {
        return simple(new OpenAccess());
    }

    public static Node simple(AccessPolicy access) {
        return new Node(
                limits(100_000), memory(System::nanoTime), access, System::nanoTime, Runnable::run, Runnable::run);
    }

    public static Engine memory(LongSupplier nanoTime) {
        return new MemoryEngine(10_000_000, nanoTime, Runnable::run);
    }

    static Node clocked(int outboxBytes, LongSupplier nanoTime, Executor background) {
        return new Node(limits(outboxBytes), memory(nanoTime), new OpenAccess(), nanoTime, Runnable::run, background);
    }
}
