package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.spi.Encoding;
import dev.switchboard.spi.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Outbox writes the frames of one client: one write at a time, never recursive, and several frames
 * in one write if the transport or the protocol can join them.
 *
 * <p>Any thread may offer a frame. A thread that offers a frame to an idle outbox is its writer.
 * The writer calls {@link #write(Frame)}, which passes the duty on if there is more to write. If
 * the container completes a write within {@code send}, the loop on the stack goes on. If it
 * completes the write later, the completing thread is the next writer.
 */
public final class Outbox extends Backlog {

    // The states are numbers. An enum's constants are references, and G1 handles each that is
    // written to an old object: on Java 17 that took a fifth of the time that a channel of 10,000
    // subscriptions takes for a publication.

    /** Nothing waits, nothing is being written, and no thread is the writer. */
    private static final int IDLE = 0;
    /** A thread is the writer and has yet to start the next write. */
    private static final int READY = 1;
    /** The writer is inside {@code send}. */
    private static final int SENDING = 2;
    /** The write completed while the writer is still inside {@code send}. */
    private static final int SENT = 3;
    /** {@code send} returned without a completion; the thread that brings it will be the writer. */
    private static final int IN_FLIGHT = 4;
    /** The client has ended: nothing waits, and the outbox ignores completions. */
    private static final int CLOSED = 5;

    private static final CompletableFuture<@Nullable Void> NOW = CompletableFuture.completedFuture(null);

    /** The number of writes in a row, after which other outboxes have their turn. */
    private static final int TURN = 64;

    /** The largest batch in bytes, unless it is a single frame. */
    private static final int MAX_BATCH_BYTES = 64 * 1024;

    private final Transport transport;
    private final Encoding encoding;
    private final Consumer<Throwable> onWriteFailure;

    // All fields below are guarded by this.
    private int state = IDLE;

    /** The number of the last write. */
    private long writes = firstNumber();

    /** The number of the write under way; 0 if there is none. */
    private long underWay;

    /** When the write under way started, in nanoseconds of the node's uptime. */
    private long writeSince;

    /** Completes when there is room for a large answer. */
    private CompletableFuture<@Nullable Void> room = NOW;

    /**
     * {@code onWriteFailure} closes the outbox. It is called without a lock, at most once, on the
     * thread that met the failure.
     */
    Outbox(Transport transport, Encoding encoding, Node node, Consumer<Throwable> onWriteFailure) {
        super(node);
        this.transport = transport;
        this.encoding = encoding;
        this.onWriteFailure = onWriteFailure;
    }

    /** Offers a frame that cannot be dropped. */
    synchronized Offer offer(Frame frame) {
        return isClosed() ? Offer.CLOSED : place(frame);
    }

    /** Offers a publication. If there is no room, the policy of the lane applies. */
    synchronized Offer offer(Frame frame, Lane lane) {
        return isClosed() ? Offer.CLOSED : place(frame, lane);
    }

    /**
     * Offers a frame that is left out if there is no room; the answer is never {@link Offer#FULL}.
     */
    synchronized Offer offerHint(Frame frame, Lane lane) {
        return isClosed() ? Offer.CLOSED : placeHint(frame, lane);
    }

    /** Offers a frame that is written before all that wait, and for which there is always room. */
    synchronized Offer offerFirst(Frame frame) {
        return isClosed() ? Offer.CLOSED : placeFirst(frame);
    }

    private boolean isClosed() {
        return state == CLOSED || isFinishing();
    }

    /** Returns the bytes of all frames that are not completely written. */
    synchronized long bytes() {
        return totalBytes();
    }

    /**
     * Returns the bytes that wait for the client's connection, and those that the client has sent
     * and the relay has not yet handled. Frames on which a thread is at work do not count: if a
     * publisher has yet to write them, that says nothing about the client.
     */
    synchronized long stuck() {
        return unhandledBytes() + (state == IN_FLIGHT ? totalBytes() : 0);
    }

    /**
     * Charges the node's budget with bytes of whole messages of the client that wait for their
     * turn.
     */
    synchronized void sentAhead(int waiting) {
        if (state != CLOSED) {
            countAhead(waiting);
        }
    }

    /** Charges the node's budget with the bytes that have arrived of an incomplete message. */
    synchronized void arrived(int part) {
        if (state != CLOSED) {
            countArrived(part);
        }
    }

    /** Returns true if nothing waits and nothing is being written. */
    synchronized boolean isIdle() {
        return state == IDLE;
    }

    /**
     * Makes the caller the writer of an idle outbox, so that all frames until {@link #write()}
     * leave together. Returns false if the outbox is not idle.
     */
    @Override
    synchronized boolean claim() {
        if (state != IDLE) {
            return false;
        }
        state = READY;
        return true;
    }

    /**
     * Completes when a large answer has room: at once, or later on a thread of
     * {@link Node#writers}.
     */
    synchronized CompletableFuture<@Nullable Void> room() {
        if (room.isDone() && !hasRoom()) {
            room = new CompletableFuture<>();
        }
        return room;
    }

    /** Takes no more frames. Completes as {@link #room} does, when all frames are written. */
    synchronized CompletableFuture<@Nullable Void> finish() {
        finishing();
        return room();
    }

    /** Returns the future to complete if there is room now. The lock is held. */
    private CompletableFuture<@Nullable Void> roomFound() {
        return hasRoom() && state != CLOSED ? room : NOW;
    }

    /** Completes the future on another thread. The lock is not held. */
    private void announce(CompletableFuture<@Nullable Void> found) {
        if (!found.isDone()) {
            node.writers().execute(() -> found.complete(null));
        }
    }

    /** Writes the frames that were offered since {@link #claim}. Only the writer calls this. */
    void write() {
        if (sendNext()) {
            handOver();
        }
    }

    /**
     * Writes the frame for which the offer was {@link Offer#READY}. Only the writer calls this.
     * {@code offered} is the node's uptime of the offer.
     */
    void write(Frame first, long offered) {
        if (sendNext(first, offered)) {
            handOver();
        }
    }

    /**
     * Starts one write. Returns true if the caller is still the writer and there is more to write.
     */
    boolean sendNext() {
        return sendNext(null, 0);
    }

    /** Starts one write as {@link #sendNext()} does, with that frame before all that wait. */
    boolean sendNext(@Nullable Frame first, long offered) {
        Write next = startWrite(first, offered);
        if (next == null) {
            if (first != null) { // the client has ended since the offer
                node.counters().lostFrames().increment();
            }
            CompletableFuture<@Nullable Void> found;
            synchronized (this) {
                found = roomFound(); // if all frames were dropped, no completion follows
            }
            announce(found);
            return false;
        }
        try {
            if (next.frames.size() == 1) {
                transport.send(next.frames.get(0), next);
            } else if (transport.batchSize() > 1) {
                transport.send(next.frames, next);
            } else {
                transport.send(encoding.batch(next.frames), next);
            }
        } catch (Throwable failure) {
            // Containers throw IllegalStateException and worse. Other clients must not notice it.
            next.completed(failure);
        }
        return afterSend();
    }

    private synchronized @Nullable Write startWrite(@Nullable Frame first, long offered) {
        if (state != READY) {
            return null;
        }
        FrameQueue.Entry oldest = queue.first();
        if (first == null && oldest == null) {
            state = IDLE;
            return null;
        }
        long since = first != null || oldest == null ? offered : oldest.since;
        state = SENDING;
        Write next = new Write(++writes, batch(first == null ? take() : first));
        underWay = next.number;
        writeSince = now();
        writeStarted(since, next.frames.size(), next.cost());
        return next;
    }

    private List<Frame> batch(Frame first) {
        int most = Math.max(encoding.batchSize(), transport.batchSize());
        if (queue.isEmpty() || most == 1) {
            return List.of(first);
        }
        List<Frame> frames = new ArrayList<>();
        frames.add(first);
        int size = first.size();
        FrameQueue.Entry next = queue.first();
        while (next != null && frames.size() < most) {
            size += Objects.requireNonNull(next.frame).size() + 1;
            if (size > MAX_BATCH_BYTES) {
                break;
            }
            frames.add(take());
            next = queue.first();
        }
        return frames;
    }

    private synchronized boolean afterSend() {
        return switch (state) {
            case SENDING -> {
                state = IN_FLIGHT;
                yield false;
            }
            case SENT -> readyOrIdle();
            default -> false;
        };
    }

    private boolean readyOrIdle() {
        state = queue.isEmpty() ? IDLE : READY;
        return state == READY;
    }

    /**
     * Passes the writer's duty on: others may offer as fast as one thread writes, and would keep it
     * for ever.
     */
    private void handOver() {
        node.writers().execute(this::drain);
    }

    private void drain() {
        for (int i = 0; i < TURN; i++) {
            if (!sendNext()) {
                return;
            }
        }
        handOver();
    }

    /** If the outbox is idle, writes a WebSocket ping and returns true. May block. */
    boolean ping() {
        synchronized (this) {
            if (!claim()) {
                return false;
            }
            count(cost(Frame.Ping.INSTANCE));
        }
        write(Frame.Ping.INSTANCE, now());
        return true;
    }

    /**
     * One write, which receives its completion. The outbox ignores the completion of any other
     * write.
     */
    private final class Write implements Transport.Completion {
        final long number;
        final List<Frame> frames;

        Write(long number, List<Frame> frames) {
            this.number = number;
            this.frames = frames;
        }

        long cost() {
            long sum = 0;
            for (Frame frame : frames) {
                sum += Backlog.cost(frame);
            }
            return sum;
        }

        @Override
        public void completed(@Nullable Throwable failure) {
            boolean writer = false;
            long since;
            CompletableFuture<@Nullable Void> found;
            synchronized (Outbox.this) {
                if (underWay != number) {
                    return;
                }
                underWay = 0;
                since = writeCompleted();
                found = roomFound();
                if (failure == null) {
                    if (state == SENDING) {
                        state = SENT;
                    } else {
                        writer = readyOrIdle();
                    }
                }
            }
            announce(found);
            if (failure != null) {
                onWriteFailure.accept(failure);
            } else if (isMeasured(number)) {
                measure(since);
            }
            if (writer) {
                drain();
            }
        }
    }

    /**
     * Returns the reason to disconnect the client, or null: frames that wait too long are slow, one
     * write that never ends is an error. Publications that may be dropped are no reason; if they
     * are too old, this drops them.
     */
    synchronized @Nullable Disconnect overdue() {
        dropOutdated();
        if (isSlow()) {
            return Disconnect.SLOW;
        }
        if (underWay != 0 && now() - writeSince > node.limits().writeTimeout().toNanos()) {
            return queue.isEmpty() ? Disconnect.WRITE_ERROR : Disconnect.SLOW;
        }
        return null;
    }

    /** Drops all frames at once. The futures of {@link #room} never complete then. */
    synchronized void close() {
        state = CLOSED;
        underWay = 0;
        clear();
    }
}
