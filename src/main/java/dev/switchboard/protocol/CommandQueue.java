package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Disconnect;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does what one client asks for in the order in which it asks, although some of it takes its time (protocol section 4).
 *
 * <p>As long as nothing takes its time, all is done on the thread that brings it.
 */
final class CommandQueue {

    /** Completed: the next command need not wait. */
    static final CompletionStage<?> DONE = CompletableFuture.completedStage(null);

    /** What a client may send ahead while it waits. */
    private static final int MAX_BYTES = 1024 * 1024;

    private record Waiting(Supplier<CompletionStage<?>> command, int bytes) {}

    private final Client client;
    private final Consumer<Throwable> onFailure;
    private final Queue<Waiting> waiting = new ArrayDeque<>(); // guarded by this
    private int bytes; // guarded by this
    private int told; // of those, what the client is charged with; guarded by this
    private boolean running; // guarded by this

    /** {@code onFailure} hears what a command throws or fails with. */
    CommandQueue(Client client, Consumer<Throwable> onFailure) {
        this.client = client;
        this.onFailure = onFailure;
    }

    /**
     * Runs the command when those before it have completed.
     *
     * @param bytes about what it holds in memory while it waits
     */
    void submit(int bytes, Supplier<CompletionStage<?>> command) {
        synchronized (this) {
            if (!waiting.isEmpty() && this.bytes + bytes > MAX_BYTES) { // one alone may be as large as a message
                throw Disconnect.TOO_MANY_REQUESTS;
            }
            this.bytes += bytes;
            waiting.add(new Waiting(command, bytes));
            if (running) {
                tell();
                return;
            }
            running = true;
        }
        run();
    }

    private void run() {
        for (Waiting next = next(); next != null; next = next()) {
            CompletableFuture<?> stage = start(next.command);
            if (!stage.isDone()) {
                CompletableFuture<?> unused = stage.whenComplete((done, failure) -> {
                    check(failure);
                    run();
                });
                return;
            }
            CompletableFuture<?> unused = stage.whenComplete((done, failure) -> check(failure));
        }
    }

    private void check(@Nullable Throwable failure) {
        if (failure != null) {
            onFailure.accept(Client.cause(failure));
        }
    }

    private CompletableFuture<?> start(Supplier<CompletionStage<?>> command) {
        try {
            return command.get().toCompletableFuture();
        } catch (Throwable failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private synchronized @Nullable Waiting next() {
        Waiting next = client.isEnded() ? null : waiting.poll();
        if (next == null) {
            waiting.clear();
            bytes = 0;
            running = false;
        } else {
            bytes -= next.bytes;
        }
        if (told > 0) { // who never waits is not charged
            tell();
        }
        return next;
    }

    private void tell() {
        told = bytes;
        client.sentAhead(told);
    }
}
