package dev.switchboard.hub;

import dev.switchboard.limits.Histogram;
import dev.switchboard.limits.Traffic;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.spi.Witness.Subject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Dispatch hands frames to many clients in two steps: it queues them under the caller's lock, and
 * writes them without a lock.
 *
 * <p>One thread uses it, for one event. It counts in plain fields, and adds to the node's counters
 * once, because an event may have thousands of recipients.
 */
final class Dispatch implements Runnable {

    /**
     * The number of writes from which on the pool shares them. So many writes take long enough for
     * further frames to come, which then leave together.
     */
    private static final int MANY = 64;

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    private final Executor writers;
    private final Relief relief;
    private final LongSupplier uptime;
    private final @Nullable Histogram times;

    /** When the event came, in nanoseconds of the node's uptime. */
    private final long since;

    /** The publications for which there was an outbox, and their bytes. */
    private int deliveries;

    private long deliveredBytes;

    /** Is told of each client that gets the publication; null for nothing. */
    private @Nullable Consumer<Subject> watcher;

    private final List<Runnable> writes = new ArrayList<>();
    private final List<Runnable> tasks = new ArrayList<>(0);

    /** {@code times} gets the time until the last write has begun; null to measure nothing. */
    Dispatch(Node node, Relief relief, @Nullable Histogram times) {
        this.writers = node.writers();
        this.relief = relief;
        this.uptime = node.uptime();
        this.times = times;
        this.since = uptime.getAsLong();
    }

    /** Queues the frame; memory only. */
    void offer(Recipient client, Frame frame) {
        Outbox outbox = client.outbox();
        offered(client, outbox, frame, outbox.offer(frame));
    }

    /** Takes over a publication as {@link #offered} does, and counts it. */
    void delivered(Recipient client, Outbox outbox, Frame frame, Outbox.Offer offer) {
        switch (offer) {
            case READY, QUEUED, SPARED -> { // what is spared counts as a drop as well
                deliveries++;
                if (watcher != null && client instanceof Client known) {
                    watcher.accept(known.footprint.subject());
                }
                deliveredBytes += frame.size();
            }
            case BEHIND, FULL, CLOSED -> {}
        }
        offered(client, outbox, frame, offer);
    }

    /** Tells each delivery from now on, under the caller's lock; null for nothing. */
    void watch(@Nullable Consumer<Subject> newWatcher) {
        watcher = newWatcher;
    }

    /** Returns the number of publications for which there was an outbox. */
    int deliveries() {
        return deliveries;
    }

    /** Adds the publications that were delivered so far. Called once. */
    void count(Traffic.Namespace namespace) {
        if (deliveries > 0) {
            namespace.delivered(deliveries, deliveredBytes);
        }
    }

    /** Takes over a frame that the caller has offered to that outbox, with the outbox's answer. */
    void offered(Recipient client, Outbox outbox, Frame frame, Outbox.Offer offer) {
        switch (offer) {
            case READY -> writes.add(() -> outbox.write(frame, since));
            case FULL -> disconnect(client, Disconnect.SLOW);
            case QUEUED, SPARED, BEHIND, CLOSED -> {}
        }
    }

    /** Ends the client in {@link #run}. */
    void disconnect(Recipient client, Disconnect reason) {
        tasks.add(() -> client.disconnect(reason));
    }

    /** Ends the client in {@link #run}, after an error of the relay. */
    void fail(Recipient client, Throwable failure) {
        tasks.add(() -> client.failed(failure));
    }

    /** Runs the task in {@link #run}, before the writes. */
    void then(Runnable task) {
        tasks.add(task);
    }

    /**
     * Starts the writes. The caller holds no lock.
     *
     * <p>This thread writes at most one frame to each outbox: while others publish, an outbox need
     * never become empty, and this thread has its own client to read from. If there are many
     * writes, other threads take a share for each processor, so that this thread can go on reading.
     */
    @Override
    public void run() {
        tasks.forEach(Runnable::run);
        if (writes.size() >= MANY) {
            share();
        } else {
            writes.forEach(Runnable::run);
            measure();
        }
        relief.relieve();
    }

    private void share() {
        int shares = Math.min(PROCESSORS, writes.size() / MANY);
        AtomicInteger open = new AtomicInteger(shares);
        for (int i = 0; i < shares; i++) {
            List<Runnable> share = writes.subList(writes.size() * i / shares, writes.size() * (i + 1) / shares);
            writers.execute(() -> {
                share.forEach(Runnable::run);
                if (open.decrementAndGet() == 0) {
                    measure();
                }
            });
        }
    }

    private void measure() {
        if (times != null && deliveries > 0) {
            times.observe(uptime.getAsLong() - since);
        }
    }
}
