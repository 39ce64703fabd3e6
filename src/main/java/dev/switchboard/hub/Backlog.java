package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.Frame;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Backlog holds the frames that wait for one client, bounded in bytes and age. If there is no room,
 * it follows the {@link SlowPolicy} of the frame's channel.
 *
 * <p>It is the part of an {@link Outbox} that decides; the other part writes. Both are one object
 * with one lock, because a publication of a large channel visits thousands of them. The lock guards
 * all fields, and the caller holds it in all methods.
 */
abstract sealed class Backlog permits Outbox {

    /** The answer to an offered frame. */
    enum Offer {
        /**
         * The frame waits nowhere. The caller is the writer and writes it after it has released its
         * locks.
         */
        READY,
        /** The frame waits, and there is a writer. */
        QUEUED,
        /** There is no room, and the frame was left out. */
        SPARED,
        /**
         * There is no room before {@link Outbox#room} completes. The history has the publication.
         */
        BEHIND,
        /** There is no room. The caller disconnects the client. */
        FULL,
        /** The client has ended. */
        CLOSED
    }

    /**
     * The step in bytes in which the node's budget is charged, so that small amounts do not touch
     * it.
     */
    private static final int GRAIN = 4096;

    /**
     * One of so many writes of each outbox is measured. A measurement reads the clock, and a
     * fan-out has thousands of writes.
     */
    static final int MEASURED = 64;

    final Node node;
    final FrameQueue queue = new FrameQueue();

    /**
     * The bytes of all frames: those in the queue, those that a writer has, and those of the write
     * under way.
     */
    private long bytes;

    /** The bytes of the write under way; 0 if there is none. */
    private long writing;

    /** The bytes of the queued publications in lanes of {@link SlowPolicy#LATEST}. */
    private long latest;

    /** The bytes of messages from the client that wait for their turn. */
    private long ahead;

    /** The bytes of a message from the client that is not complete. */
    private long arrived;

    /** The bytes that the node's budget is charged, in steps of {@link #GRAIN}. */
    private long charged;

    /** The frames that the container was given, and their bytes, for the log. */
    private long framesSent;

    private long bytesSent;

    /** When the first frame of the write under way was offered. */
    private long offeredAt;

    /** Set when the client gets nothing more than what waits. */
    private boolean finishing;

    Backlog(Node node) {
        this.node = node;
    }

    /** If the outbox is idle, makes the caller its writer and returns true. */
    abstract boolean claim();

    static int cost(Frame frame) {
        return frame.size() + Frame.OVERHEAD;
    }

    /** Adds a frame that cannot be dropped. */
    final Offer place(Frame frame) {
        return exceeds(cost(frame)) ? Offer.FULL : add(frame, null);
    }

    /** Adds a publication as the policy of its lane says. */
    final Offer place(Frame frame, Lane lane) {
        return switch (lane.policy) {
            case DISCONNECT -> place(frame);
            case DROP_OLDEST -> placeDroppingOldest(frame, lane);
            case LATEST -> placeLatest(frame, lane);
            case REWIND -> placeIfRoom(frame, lane);
        };
    }

    /** Adds a frame of which clients miss nothing if there is no room. */
    final Offer placeHint(Frame frame, Lane lane) {
        return isCrowded(frame) ? Offer.SPARED : add(frame, lane);
    }

    /** Adds a frame before all others, also if there is no room. */
    final Offer placeFirst(Frame frame) {
        count(cost(frame));
        if (claim()) {
            return Offer.READY;
        }
        FrameQueue.Entry oldest = queue.oldestWithoutLane();
        long since = oldest == null ? now() : oldest.since; // the frames behind it keep their age
        queue.addFirst(new FrameQueue.Entry(frame, since, null));
        return Offer.QUEUED;
    }

    private Offer placeDroppingOldest(Frame frame, Lane lane) {
        while (isCrowded(frame) && !lane.publications.isEmpty()) {
            dropOldest(lane);
        }
        if (isCrowded(frame)) {
            countDrop(lane);
            return Offer.SPARED;
        }
        return addPublication(frame, lane);
    }

    private Offer placeLatest(Frame frame, Lane lane) {
        FrameQueue.Entry older = lane.publications.peek();
        Frame replaced = older == null ? null : older.frame;
        int more = cost(frame) - (replaced == null ? 0 : cost(replaced));
        boolean alone = latest + more == cost(frame);
        if (exceeds(more) || !alone && latest + more > spare()) {
            return Offer.FULL;
        }
        if (older == null) {
            return addPublication(frame, lane);
        }
        latest += more;
        older.frame = frame;
        count(more);
        countDrop(lane);
        return Offer.QUEUED; // the older frame had a writer
    }

    private Offer placeIfRoom(Frame frame, Lane lane) {
        if (cost(frame) > node.limits().answerBytes()) {
            return place(frame); // there may never be room
        }
        return waiting() > spare() || exceeds(cost(frame)) ? Offer.BEHIND : addPublication(frame, lane);
    }

    private boolean exceeds(long more) {
        return bytes + more > node.limits().outboxBytes();
    }

    /**
     * Returns true if a frame that may be dropped has no room. Such frames leave room for a large
     * answer, but one frame alone always has room.
     */
    private boolean isCrowded(Frame frame) {
        long waiting = waiting();
        return waiting > 0 && waiting + cost(frame) > spare() || exceeds(cost(frame));
    }

    /** Returns the bytes without those of the write under way. */
    private long waiting() {
        return bytes - writing;
    }

    /** Returns the bytes that may wait while a large answer still has room. */
    private int spare() {
        return finishing ? 0 : node.limits().outboxBytes() - node.limits().answerBytes();
    }

    /** Adds a publication that may be dropped or replaced as long as it waits. */
    private Offer addPublication(Frame frame, Lane lane) {
        if (add(frame, lane) == Offer.READY) {
            return Offer.READY;
        }
        lane.publications.add(queue.last());
        latest += lane.policy == SlowPolicy.LATEST ? cost(frame) : 0;
        return Offer.QUEUED;
    }

    private Offer add(Frame frame, @Nullable Lane lane) {
        count(cost(frame));
        if (claim()) {
            return Offer.READY;
        }
        queue.add(new FrameQueue.Entry(frame, now(), lane));
        return Offer.QUEUED;
    }

    /** Removes the first frame of the queue, which is not empty. Its bytes still count. */
    final Frame take() {
        FrameQueue.Entry first = queue.remove();
        Frame frame = Objects.requireNonNull(first.frame);
        Lane lane = first.lane;
        if (lane != null && lane.publications.peek() == first) {
            lane.publications.remove();
            if (lane.policy == SlowPolicy.LATEST) {
                latest -= cost(frame);
            }
        }
        return frame;
    }

    private void dropOldest(Lane lane) {
        count(-cost(queue.drop(lane.publications.remove())));
        countDrop(lane);
    }

    private void countDrop(Lane lane) {
        node.counters().drops().count(lane.policy.label());
    }

    /** Drops the publications that are too old to be worth anything, where the policy allows it. */
    final void dropOutdated() {
        Set<Lane> outdated = new LinkedHashSet<>();
        for (FrameQueue.Entry entry = queue.first(); entry != null; entry = queue.after(entry)) {
            if (!isOutdated(entry)) {
                break;
            }
            if (entry.lane != null && entry.lane.policy == SlowPolicy.DROP_OLDEST) {
                outdated.add(entry.lane);
            }
        }
        for (Lane lane : outdated) {
            for (FrameQueue.Entry oldest = lane.publications.peek();
                    oldest != null && isOutdated(oldest);
                    oldest = lane.publications.peek()) {
                dropOldest(lane);
            }
        }
    }

    /** Returns true if a frame that cannot be dropped has waited for too long. */
    final boolean isSlow() {
        FrameQueue.Entry oldest = queue.oldestWithoutLane();
        return oldest != null && isOutdated(oldest);
    }

    private boolean isOutdated(FrameQueue.Entry entry) {
        return now() - entry.since > node.limits().outboxAge().toNanos();
    }

    final long now() {
        return node.uptime().getAsLong();
    }

    /** Returns the number of the first write, so that outboxes measure different publications. */
    static long firstNumber() {
        return ThreadLocalRandom.current().nextInt(MEASURED);
    }

    /** Returns true if the write with that number is measured. */
    static boolean isMeasured(long number) {
        return number % MEASURED == 0;
    }

    /** Notes the end of a write whose first frame was offered at that time. Needs no lock. */
    final void measure(long offered) {
        node.counters().traffic().delays().observe(now() - offered);
    }

    /** Counts the frames as being written, the first of which was offered at that time. */
    final void writeStarted(long offered, int frames, long cost) {
        offeredAt = offered;
        writing = cost;
        framesSent += frames;
        bytesSent += cost - (long) frames * Frame.OVERHEAD;
    }

    /** Returns the number of frames that the container was given. Takes the lock. */
    final synchronized long framesSent() {
        return framesSent;
    }

    /** Returns the bytes of the frames that the container was given. Takes the lock. */
    final synchronized long bytesSent() {
        return bytesSent;
    }

    /** Returns what waits and what is being written. Takes the lock. */
    final synchronized ClientState.Waiting load() {
        FrameQueue.Entry oldest = queue.first();
        long since = writing > 0 ? offeredAt : oldest == null ? now() : oldest.since;
        return new ClientState.Waiting(
                bytes, queue.frames() + (writing > 0 ? 1 : 0), Math.max(0, (now() - since) / 1_000_000));
    }

    /** Returns the bytes of the completed write to the budget, and when it was offered. */
    final long writeCompleted() {
        count(-writing);
        writing = 0;
        return offeredAt;
    }

    /** Counts more bytes of frames; fewer if negative. */
    final void count(long more) {
        bytes += more;
        charge();
    }

    final long totalBytes() {
        return bytes;
    }

    /** Returns the bytes that the client has sent and the relay has not yet handled. */
    final long unhandledBytes() {
        return ahead + arrived;
    }

    final void countAhead(int waiting) {
        ahead = waiting;
        charge();
    }

    final void countArrived(int part) {
        arrived = part;
        charge();
    }

    private void charge() {
        long grains = (bytes + ahead + arrived) / GRAIN * GRAIN;
        if (grains != charged) {
            node.admission().budget().take(grains - charged);
            charged = grains;
        }
    }

    /** From now on only an empty backlog has room. */
    final void finishing() {
        finishing = true;
    }

    final boolean isFinishing() {
        return finishing;
    }

    /** Returns true if so little waits that a large answer has room. */
    final boolean hasRoom() {
        return bytes <= spare();
    }

    /** Drops everything and returns all bytes to the budget. */
    final void clear() {
        node.counters().lostFrames().add(queue.frames());
        queue.clear();
        writing = 0;
        ahead = 0;
        arrived = 0;
        count(-bytes);
    }
}
