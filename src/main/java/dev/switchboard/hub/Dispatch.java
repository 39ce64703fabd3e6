package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Dispatch hands frames to many clients in two steps: it queues them under the caller's lock, and
 * writes them without a lock.
 *
 * <p>One thread uses it, for one event.
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
    private final List<Runnable> writes = new ArrayList<>();
    private final List<Runnable> tasks = new ArrayList<>(0);

    Dispatch(Executor writers, Relief relief) {
        this.writers = writers;
        this.relief = relief;
    }

    /** Queues the frame; memory only. */
    void offer(Recipient client, Frame frame) {
        Outbox outbox = client.outbox();
        offered(client, outbox, frame, outbox.offer(frame));
    }

    /** Takes over a frame that the caller has offered to that outbox, with the outbox's answer. */
    void offered(Recipient client, Outbox outbox, Frame frame, Outbox.Offer offer) {
        switch (offer) {
            case READY -> writes.add(() -> outbox.write(frame));
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
        }
        relief.relieve();
    }

    private void share() {
        int shares = Math.min(PROCESSORS, writes.size() / MANY);
        for (int i = 0; i < shares; i++) {
            List<Runnable> share = writes.subList(writes.size() * i / shares, writes.size() * (i + 1) / shares);
            writers.execute(() -> share.forEach(Runnable::run));
        }
    }
}
