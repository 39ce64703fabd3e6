package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.spi.Encoding;
import dev.switchboard.spi.Transport;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Measures putting a frame into an outbox and writing it from there, without a network. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OutboxBenchmark {

    private static final int BACKLOG = 8;
    private static final Frame MESSAGE = Frame.text("x".repeat(128));

    private final Queue<Transport.Completion> pending = new ArrayDeque<>();
    private final Outbox instant = outbox((frame, completion) -> completion.completed(null), PlainEncoding.QUIET);
    private final Outbox late = outbox((frame, completion) -> pending.add(completion), PlainEncoding.QUIET);
    private final Outbox joining = outbox((frame, completion) -> pending.add(completion), PlainEncoding.STEADY);

    /** Takes a frame as a container does. */
    private interface Container {
        void send(Frame frame, Transport.Completion completion);
    }

    private static Outbox outbox(Container container, Encoding encoding) {
        Transport transport = new Transport() {
            @Override
            public void send(Frame frame, Completion completion) {
                container.send(frame, completion);
            }

            @Override
            public void close(Disconnect why, @Nullable Frame word) {}
        };
        return new Outbox(transport, encoding, Nodes.simple(), failure -> {
            throw new IllegalStateException(failure);
        });
    }

    /** Measures a container that completes a write within the call, as Undertow does. */
    @Benchmark
    public void completed_within_send() {
        offer(instant);
    }

    /**
     * Measures a container that completes a write later, as Tomcat does, but on the same thread.
     */
    @Benchmark
    public void completed_later() {
        offer(late);
        complete();
    }

    /** Keeps one write under way, while all other frames wait. */
    @Benchmark
    @OperationsPerInvocation(BACKLOG)
    public void a_backlog_one_by_one() {
        backlog(late);
    }

    @Benchmark
    @OperationsPerInvocation(BACKLOG)
    public void a_backlog_joined() {
        backlog(joining);
    }

    private void backlog(Outbox outbox) {
        for (int i = 0; i < BACKLOG; i++) {
            offer(outbox);
        }
        while (!pending.isEmpty()) {
            complete();
        }
    }

    private static void offer(Outbox outbox) {
        if (outbox.offer(MESSAGE) == Outbox.Offer.READY) {
            outbox.write(MESSAGE, 0);
        }
    }

    private void complete() {
        Objects.requireNonNull(pending.poll()).completed(null);
    }
}
