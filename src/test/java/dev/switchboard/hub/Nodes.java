package dev.switchboard.hub;

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
                Duration.ofSeconds(8));
    }

    /** Does everything on the thread that asks for it. */
    public static Node simple() {
        return new Node(limits(100_000), System::nanoTime, Runnable::run, Runnable::run);
    }

    static Node clocked(int outboxBytes, LongSupplier nanoTime, Executor background) {
        return new Node(limits(outboxBytes), nanoTime, Runnable::run, background);
    }
}
