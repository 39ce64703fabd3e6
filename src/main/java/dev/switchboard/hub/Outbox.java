package dev.switchboard.hub;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one client: one write at a time, bounded in bytes and age, never recursive.
 *
 * <p>Frames that wait together leave together, where the protocol can join them.
 *
 * <p>Any thread may offer. A frame that is offered to an idle outbox makes the offering thread its writer; the writer calls
 * {@link #write}, which passes the duty on when there is more to do. When the container completes a write only after
 * {@code send} has returned, the completing thread is the next writer; when it completes within {@code send}, the loop that is on the
 * stack goes on.
 */
final class Outbox {

    /** What became of an offered frame. */
    enum Offer {
        /** It waits, and the caller is the writer, as soon as its locks are free. */
        READY,
        /** It waits, and there is a writer already. */
        QUEUED,
        /** There is no room for it: the client is to be disconnected. */
        FULL,
        /** The client is gone. */
        CLOSED
    }

    private enum State {
        /** Nothing waits, nothing is being written, nobody is the writer. */
        IDLE,
        /** Somebody is the writer and has yet to start the next write. */
        READY,
        /** The writer is inside {@code send}. */
        SENDING,
        /** The write completed while the writer is still inside {@code send}. */
        SENT,
        /** {@code send} returned without a completion; the thread that brings it will be the writer. */
        IN_FLIGHT,
        /** The end: nothing waits, and completions mean nothing any more. */
        CLOSED
    }

    private static final CompletableFuture<@Nullable Void> NOW = CompletableFuture.completedFuture(null);

    private record Waiting(Frame frame, long since) {}

    /** So many frames in a row, then other outboxes have their turn. */
    private static final int TURN = 64;

    /** A batch is no larger than this, unless it is a single frame. */
    private static final int MAX_BATCH_BYTES = 64 * 1024;

    /** What all outboxes share is counted in such pieces, so that those in which little waits do not touch it. */
    private static final int GRAIN = 4096;

    private final Transport transport;
    private final Encoding encoding;
    private final Node node;
    private final Consumer<Throwable> onWriteFailure;

    // all guarded by this
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private State state = State.IDLE;
    private @Nullable Write write;
    private long bytes;
    private long charged;
    private CompletableFuture<@Nullable Void> room = NOW;

    /** {@code onWriteFailure} is called without a lock, at most once, on the thread that met the failure; it closes the outbox. */
    Outbox(Transport transport, Encoding encoding, Node node, Consumer<Throwable> onWriteFailure) {
        this.transport = transport;
        this.encoding = encoding;
        this.node = node;
        this.onWriteFailure = onWriteFailure;
    }

    synchronized Offer offer(Frame frame) {
        if (state == State.CLOSED) {
            return Offer.CLOSED;
        }
        if (bytes + cost(frame) > node.limits().outboxBytes()) {
            return Offer.FULL;
        }
        enqueue(frame);
        return claim() ? Offer.READY : Offer.QUEUED;
    }

    /** As {@link #offer}, but it leaves before all that waits, and there is always room for it. */
    synchronized Offer offerFirst(Frame frame) {
        if (state == State.CLOSED) {
            return Offer.CLOSED;
        }
        Waiting oldest = queue.peek();
        queue.addFirst(new Waiting(
                frame, oldest == null ? now() : oldest.since)); // the age of what waits behind it still counts
        count(cost(frame));
        return claim() ? Offer.READY : Offer.QUEUED;
    }

    /** What waits, in bytes. */
    synchronized long bytes() {
        return bytes;
    }

    /** Nothing waits and nothing is being written. */
    synchronized boolean isIdle() {
        return state == State.IDLE;
    }

    private void count(long more) {
        bytes += more;
        long grains = bytes / GRAIN * GRAIN;
        if (grains != charged) {
            node.admission().budget().take(grains - charged);
            charged = grains;
        }
    }

    /** Makes the caller the writer of an idle outbox although nothing waits yet, so that all it offers until {@link #write} leaves together. */
    synchronized boolean claim() {
        if (state != State.IDLE) {
            return false;
        }
        state = State.READY;
        return true;
    }

    private static int cost(Frame frame) {
        return frame.size() + Limits.FRAME_OVERHEAD;
    }

    private void enqueue(Frame frame) {
        queue.add(new Waiting(frame, now()));
        count(cost(frame));
    }

    private long now() {
        return node.uptime().getAsLong();
    }

    /** Completes when little enough waits for a large answer to find room: at once, or later on a thread of the pool that writes. */
    synchronized CompletableFuture<@Nullable Void> room() {
        if (room.isDone() && bytes > spare()) {
            room = new CompletableFuture<>();
        }
        return room;
    }

    private int spare() {
        return node.limits().outboxBytes() - node.limits().answerBytes();
    }

    /** Starts the next write, and passes the duty on if there is more to send; only the writer calls this. */
    void write() {
        if (sendNext()) {
            handOver();
        }
    }

    /** True if the caller is the writer still and there is more to send. */
    boolean sendNext() {
        Write next = startWrite();
        if (next == null) {
            return false;
        }
        try {
            transport.send(next.frames.size() == 1 ? next.frames.get(0) : encoding.batch(next.frames), next);
        } catch (Throwable failure) {
            // Containers throw IllegalStateException and worse; a fan-out goes on with the next client.
            next.completed(failure);
        }
        return afterSend();
    }

    private synchronized @Nullable Write startWrite() {
        if (state != State.READY) {
            return null;
        }
        Waiting next = queue.poll();
        if (next == null) {
            state = State.IDLE;
            return null;
        }
        state = State.SENDING;
        write = new Write(batch(next.frame), now());
        return write;
    }

    private List<Frame> batch(Frame first) {
        if (queue.isEmpty() || encoding.batchSize() == 1) {
            return List.of(first);
        }
        List<Frame> frames = new ArrayList<>();
        frames.add(first);
        int size = first.size();
        Waiting next = queue.peek();
        while (next != null && frames.size() < encoding.batchSize()) {
            size += next.frame.size() + 1;
            if (size > MAX_BATCH_BYTES) {
                break;
            }
            frames.add(next.frame);
            queue.remove();
            next = queue.peek();
        }
        return frames;
    }

    private synchronized boolean afterSend() {
        return switch (state) {
            case SENDING -> {
                state = State.IN_FLIGHT;
                yield false;
            }
            case SENT -> readyOrIdle();
            default -> false;
        };
    }

    private boolean readyOrIdle() {
        state = queue.isEmpty() ? State.IDLE : State.READY;
        return state == State.READY;
    }

    /** The writer passes its duty on: others may fill this outbox as fast as it is emptied, and that must not keep a thread for ever. */
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

    /** Writes a ping if nothing else is to be written, and tells whether it did. The calling thread may block. */
    boolean ping() {
        synchronized (this) {
            if (!claim()) {
                return false;
            }
            enqueue(Frame.Ping.INSTANCE);
        }
        drain();
        return true;
    }

    /** One write and the container's answer to it; an answer to any write but the current one is ignored. */
    private final class Write implements Transport.Completion {
        final List<Frame> frames;
        final long since;

        Write(List<Frame> frames, long since) {
            this.frames = frames;
            this.since = since;
        }

        @Override
        public void completed(@Nullable Throwable failure) {
            boolean writer = false;
            CompletableFuture<@Nullable Void> freed = NOW;
            synchronized (Outbox.this) {
                if (write != this) {
                    return;
                }
                write = null;
                for (Frame frame : frames) {
                    count(-cost(frame));
                }
                if (bytes <= spare()) {
                    freed = room;
                }
                if (failure == null) {
                    if (state == State.SENDING) {
                        state = State.SENT;
                    } else {
                        writer = readyOrIdle();
                    }
                }
            }
            if (!freed.isDone()) {
                CompletableFuture<@Nullable Void> waiting = freed;
                node.writers().execute(() -> waiting.complete(null));
            }
            if (failure != null) {
                onWriteFailure.accept(failure);
            }
            if (writer) {
                drain();
            }
        }
    }

    /** Why the client must go by now, or null: frames that wait too long are slow, a write alone that never ends is an error. */
    synchronized @Nullable Disconnect overdue() {
        long now = now();
        Waiting oldest = queue.peek();
        if (oldest != null && now - oldest.since > node.limits().outboxAge().toNanos()) {
            return Disconnect.SLOW;
        }
        if (write != null && now - write.since > node.limits().writeTimeout().toNanos()) {
            return oldest == null ? Disconnect.WRITE_ERROR : Disconnect.SLOW;
        }
        return null;
    }

    /** Drops what waits, at once; whoever waits for room waits for ever. */
    synchronized void close() {
        state = State.CLOSED;
        queue.clear();
        write = null;
        count(-bytes);
    }
}
