package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.spi.Encoding;
import dev.switchboard.spi.Transport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one client: one write at a time, bounded in bytes and age, never recursive.
 *
 * <p>Frames that wait together leave together, where the transport takes several or the protocol can join them.
 *
 * <p>Any thread may offer. A frame that is offered to an idle outbox makes the offering thread its writer; the writer calls
 * {@link #write(Frame)}, which passes the duty on when there is more to do. When the container completes a write only after
 * {@code send} has returned, the completing thread is the next writer; when it completes within {@code send}, the loop that is on the
 * stack goes on.
 */
public final class Outbox {

    /** What became of an offered frame. */
    enum Offer {
        /** It waits nowhere: the caller is the writer and writes it, as soon as its locks are free. */
        READY,
        /** It waits, and there is a writer already. */
        QUEUED,
        /** There is no room for it, and it may be left out. */
        SPARED,
        /** There is no room for it before {@link #room} completes, and it can be had again then. */
        BEHIND,
        /** There is no room for it: the client is to be disconnected. */
        FULL,
        /** The client is gone. */
        CLOSED
    }

    // The states. An enum's constants are references, and G1 hears of each that is written to an old object: on Java 17
    // it took a fifth of what a channel of 10,000 listeners costs.

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
    /** The end: nothing waits, and completions mean nothing any more. */
    private static final int CLOSED = 5;

    private static final CompletableFuture<@Nullable Void> NOW = CompletableFuture.completedFuture(null);

    /** A frame and its turn; what is dropped keeps its turn without a frame until that comes. */
    private static final class Waiting {
        final long since;
        final @Nullable Lane lane;

        @Nullable
        Frame frame;

        @Nullable
        Waiting next;

        Waiting(Frame frame, long since, @Nullable Lane lane) {
            this.frame = frame;
            this.since = since;
            this.lane = lane;
        }
    }

    /**
     * First in, first out. The links are in what waits, the last one's to the first: so G1 hears of one reference from old objects to new ones
     * for each frame, not of two.
     */
    private static final class Queue {
        private @Nullable Waiting last;
        private int size;

        boolean isEmpty() {
            return last == null;
        }

        int size() {
            return size;
        }

        @Nullable
        Waiting peek() {
            return last == null ? null : last.next;
        }

        @Nullable
        Waiting after(Waiting one) {
            return one == last ? null : one.next;
        }

        void add(Waiting next) {
            link(next);
            last = next;
        }

        void addFirst(Waiting next) {
            link(next);
            if (last == null) {
                last = next;
            }
        }

        /** Between the last and the first. */
        private void link(Waiting next) {
            if (last == null) {
                next.next = next;
            } else {
                next.next = last.next;
                last.next = next;
            }
            size++;
        }

        Waiting remove() {
            Waiting end = Objects.requireNonNull(last);
            Waiting next = Objects.requireNonNull(end.next);
            if (next == end) {
                last = null;
            } else {
                end.next = next.next;
            }
            next.next = null; // or what is gone would hold what is not
            size--;
            return next;
        }

        void removeDropped() {
            for (int i = size; i > 0; i--) {
                Waiting next = remove();
                if (next.frame != null) {
                    add(next);
                }
            }
        }

        void clear() {
            last = null;
            size = 0;
        }
    }

    /** What waits of one subscription in a channel that does not cut slow clients off; all but the policy is guarded by its outbox. */
    static final class Lane {
        private final SlowPolicy policy;
        private final Deque<Waiting> publications = new ArrayDeque<>(1);

        Lane(SlowPolicy policy) {
            this.policy = policy;
        }
    }

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
    private final Queue queue = new Queue(); // the first has a frame
    private int dropped; // of the queue, those without a frame
    private int state = IDLE;
    private long writes; // begun so far
    private long underWay; // the number of the write that is, or 0
    private long writeSince;
    private long writeCost;
    private long bytes;
    private long ahead; // of what the client sent, in bytes
    private long arrived; // of a message that is on its way from it, in bytes
    private long charged;
    private long latest; // of the bytes, those of lanes of that policy that wait
    private CompletableFuture<@Nullable Void> room = NOW;
    private boolean finishing;

    /** {@code onWriteFailure} is called without a lock, at most once, on the thread that met the failure; it closes the outbox. */
    Outbox(Transport transport, Encoding encoding, Node node, Consumer<Throwable> onWriteFailure) {
        this.transport = transport;
        this.encoding = encoding;
        this.node = node;
        this.onWriteFailure = onWriteFailure;
    }

    synchronized Offer offer(Frame frame) {
        if (isClosed()) {
            return Offer.CLOSED;
        }
        return exceeds(cost(frame)) ? Offer.FULL : add(frame, null);
    }

    /** As {@link #offer(Frame)}, for a publication; what there is no room for is the lane's policy. Never {@link Offer#FULL} where it drops the oldest. */
    synchronized Offer offer(Frame frame, Lane lane) {
        if (isClosed()) {
            return Offer.CLOSED;
        }
        return switch (lane.policy) {
            case DISCONNECT -> offer(frame);
            case DROP_OLDEST -> offerDroppingOldest(frame, lane);
            case LATEST -> offerLatest(frame, lane);
            case REWIND -> offerIfRoom(frame, lane);
        };
    }

    /** As {@link #offer(Frame)}, for what nobody misses: {@link Offer#SPARED} if there is no room. */
    synchronized Offer offerHint(Frame frame, Lane lane) {
        if (isClosed()) {
            return Offer.CLOSED;
        }
        return isCrowded(frame) ? Offer.SPARED : add(frame, lane);
    }

    private boolean isClosed() {
        return state == CLOSED || finishing;
    }

    private Offer offerDroppingOldest(Frame frame, Lane lane) {
        while (isCrowded(frame) && !lane.publications.isEmpty()) {
            drop(lane.publications.getFirst(), lane);
        }
        if (isCrowded(frame)) {
            spared(lane);
            return Offer.SPARED;
        }
        return publish(frame, lane);
    }

    private Offer offerLatest(Frame frame, Lane lane) {
        Waiting older = lane.publications.peek();
        Frame replaced = older == null ? null : older.frame;
        int more = cost(frame) - (replaced == null ? 0 : cost(replaced));
        boolean alone = latest + more == cost(frame);
        if (exceeds(more) || !alone && latest + more > spare()) {
            return Offer.FULL;
        }
        if (older == null) {
            return publish(frame, lane);
        }
        latest += more;
        older.frame = frame;
        count(more);
        spared(lane);
        return Offer.QUEUED; // what waits has a writer
    }

    private Offer offerIfRoom(Frame frame, Lane lane) {
        if (cost(frame) > node.limits().answerBytes()) {
            return offer(frame); // there may never be room
        }
        return waiting() > spare() || exceeds(cost(frame)) ? Offer.BEHIND : publish(frame, lane);
    }

    private boolean exceeds(long more) {
        return bytes + more > node.limits().outboxBytes();
    }

    /** What may be dropped takes no more than what large answers leave (and one frame always finds room), so that it keeps none of them waiting. */
    private boolean isCrowded(Frame frame) {
        long waiting = waiting();
        return waiting > 0 && waiting + cost(frame) > spare() || exceeds(cost(frame));
    }

    /** Without what is being written, in bytes. */
    private long waiting() {
        return bytes - (underWay == 0 ? 0 : writeCost);
    }

    private void spared(Lane lane) {
        node.counters().drops().count(lane.policy.label());
    }

    /** The first of its lane. */
    private void drop(Waiting oldest, Lane lane) {
        lane.publications.remove();
        count(-cost(Objects.requireNonNull(oldest.frame)));
        oldest.frame = null;
        dropped++;
        spared(lane);
        if (dropped > queue.size() / 2) { // seldom enough to cost nothing for each of them
            queue.removeDropped();
            dropped = 0;
        }
        skipDropped();
    }

    private void skipDropped() {
        for (Waiting next = queue.peek(); next != null && next.frame == null; next = queue.peek()) {
            queue.remove();
            dropped--;
        }
    }

    /** As {@link #offer}, but it leaves before all that waits, and there is always room for it. */
    synchronized Offer offerFirst(Frame frame) {
        if (isClosed()) {
            return Offer.CLOSED;
        }
        count(cost(frame));
        if (claim()) {
            return Offer.READY;
        }
        Waiting oldest = oldest();
        queue.addFirst(new Waiting(
                frame, oldest == null ? now() : oldest.since, null)); // the age of what waits behind it still counts
        return Offer.QUEUED;
    }

    /** What waits, in bytes. */
    synchronized long bytes() {
        return bytes;
    }

    /**
     * What waits although no thread of ours is at work on it, in bytes, and all that its client sent and nobody has read; what a publisher on
     * its way through a large channel has yet to write says nothing of who reads.
     */
    synchronized long stuck() {
        return ahead + arrived + (state == IN_FLIGHT ? bytes : 0);
    }

    /** So much of what the client sent waits for its turn, in bytes: where all outboxes share, it counts as what waits here. */
    synchronized void sentAhead(int waiting) {
        if (state != CLOSED) {
            ahead = waiting;
            charge();
        }
    }

    /** Counts the bytes of a message that have arrived, as {@link #sentAhead} counts whole messages. */
    synchronized void arrived(int part) {
        if (state != CLOSED) {
            arrived = part;
            charge();
        }
    }

    /** Nothing waits and nothing is being written. */
    synchronized boolean isIdle() {
        return state == IDLE;
    }

    private void count(long more) {
        bytes += more;
        charge();
    }

    private void charge() {
        long grains = (bytes + ahead + arrived) / GRAIN * GRAIN;
        if (grains != charged) {
            node.admission().budget().take(grains - charged);
            charged = grains;
        }
    }

    /** Makes the caller the writer of an idle outbox although nothing waits yet, so that all it offers until {@link #write} leaves together. */
    synchronized boolean claim() {
        if (state != IDLE) {
            return false;
        }
        state = READY;
        return true;
    }

    private static int cost(Frame frame) {
        return frame.size() + Frame.OVERHEAD;
    }

    /** What may be dropped, as long as it waits. */
    private Offer publish(Frame frame, Lane lane) {
        Offer offer = add(frame, lane);
        if (offer == Offer.QUEUED) {
            lane.publications.add(Objects.requireNonNull(queue.last));
            latest += lane.policy == SlowPolicy.LATEST ? cost(frame) : 0;
        }
        return offer;
    }

    private Offer add(Frame frame, @Nullable Lane lane) {
        count(cost(frame));
        if (claim()) {
            return Offer.READY;
        }
        queue.add(new Waiting(frame, now(), lane));
        return Offer.QUEUED;
    }

    /** Of what makes the client one that is cut off. */
    private @Nullable Waiting oldest() {
        for (Waiting each = queue.peek(); each != null; each = queue.after(each)) {
            if (each.lane == null) {
                return each;
            }
        }
        return null;
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

    /** Takes nothing more; completes as {@link #room} does, when all that waits is written. */
    synchronized CompletableFuture<@Nullable Void> finish() {
        finishing = true;
        return room();
    }

    /** What is to be told that there is room, when less waits than before. */
    private CompletableFuture<@Nullable Void> roomFound() {
        return bytes <= spare() && state != CLOSED ? room : NOW;
    }

    /** Called without the lock. */
    private void announce(CompletableFuture<@Nullable Void> found) {
        if (!found.isDone()) {
            node.writers().execute(() -> found.complete(null));
        }
    }

    private int spare() {
        return finishing ? 0 : node.limits().outboxBytes() - node.limits().answerBytes();
    }

    /** Writes what was offered since {@link #claim}, and passes the duty on if there is more to send; only the writer calls this. */
    void write() {
        if (sendNext()) {
            handOver();
        }
    }

    /** Writes the frame for which it was {@link Offer#READY}, and passes the duty on if there is more to send. */
    void write(Frame first) {
        if (sendNext(first)) {
            handOver();
        }
    }

    /** True if the caller is the writer still and there is more to send. */
    boolean sendNext() {
        return sendNext(null);
    }

    /** As {@link #sendNext()}; the frame for which it was {@link Offer#READY} leaves before all that waits. */
    boolean sendNext(@Nullable Frame first) {
        Write next = startWrite(first);
        if (next == null) {
            CompletableFuture<@Nullable Void> found;
            synchronized (this) {
                found = roomFound(); // all that waited may have been dropped, and then no completion says so
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
            // Containers throw IllegalStateException and worse; a fan-out goes on with the next client.
            next.completed(failure);
        }
        return afterSend();
    }

    private synchronized @Nullable Write startWrite(@Nullable Frame first) {
        if (state != READY) {
            return null;
        }
        if (first == null && queue.isEmpty()) {
            state = IDLE;
            return null;
        }
        state = SENDING;
        Write next = new Write(++writes, batch(first == null ? take() : first));
        underWay = next.number;
        writeSince = now();
        writeCost = next.cost();
        return next;
    }

    private Frame take() {
        Waiting first = queue.remove();
        Lane lane = first.lane;
        if (lane != null && lane.publications.peek() == first) {
            lane.publications.remove();
            if (lane.policy == SlowPolicy.LATEST) {
                latest -= cost(Objects.requireNonNull(first.frame));
            }
        }
        skipDropped();
        return Objects.requireNonNull(first.frame);
    }

    private List<Frame> batch(Frame first) {
        int most = Math.max(encoding.batchSize(), transport.batchSize());
        if (queue.isEmpty() || most == 1) {
            return List.of(first);
        }
        List<Frame> frames = new ArrayList<>();
        frames.add(first);
        int size = first.size();
        Waiting next = queue.peek();
        while (next != null && frames.size() < most) {
            size += Objects.requireNonNull(next.frame).size() + 1;
            if (size > MAX_BATCH_BYTES) {
                break;
            }
            frames.add(take());
            next = queue.peek();
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
            count(cost(Frame.Ping.INSTANCE));
        }
        write(Frame.Ping.INSTANCE);
        return true;
    }

    /** One write and the container's answer to it; an answer to any write but the current one is ignored. */
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
                sum += Outbox.cost(frame);
            }
            return sum;
        }

        @Override
        public void completed(@Nullable Throwable failure) {
            boolean writer = false;
            CompletableFuture<@Nullable Void> found;
            synchronized (Outbox.this) {
                if (underWay != number) {
                    return;
                }
                underWay = 0;
                count(-writeCost);
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
            }
            if (writer) {
                drain();
            }
        }
    }

    /**
     * Why the client must go by now, or null: frames that wait too long are slow, a write alone that never ends is an error. What may be
     * dropped is no reason; it is dropped instead, if its age makes it worthless.
     */
    synchronized @Nullable Disconnect overdue() {
        dropOutdated();
        Waiting oldest = oldest();
        if (oldest != null && isOutdated(oldest)) {
            return Disconnect.SLOW;
        }
        if (underWay != 0 && now() - writeSince > node.limits().writeTimeout().toNanos()) {
            return queue.isEmpty() ? Disconnect.WRITE_ERROR : Disconnect.SLOW;
        }
        return null;
    }

    private boolean isOutdated(Waiting waiting) {
        return now() - waiting.since > node.limits().outboxAge().toNanos();
    }

    private void dropOutdated() {
        Set<Lane> outdated = new LinkedHashSet<>();
        for (Waiting each = queue.peek(); each != null; each = queue.after(each)) {
            if (!isOutdated(each)) {
                break;
            }
            if (each.lane != null && each.lane.policy == SlowPolicy.DROP_OLDEST) {
                outdated.add(each.lane);
            }
        }
        for (Lane lane : outdated) {
            for (Waiting next = lane.publications.peek();
                    next != null && isOutdated(next);
                    next = lane.publications.peek()) {
                drop(next, lane);
            }
        }
    }

    /** Drops what waits, at once; whoever waits for room waits for ever. */
    synchronized void close() {
        state = CLOSED;
        queue.clear();
        underWay = 0;
        ahead = 0;
        arrived = 0;
        count(-bytes);
    }
}
