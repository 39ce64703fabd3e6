package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Hands frames to many clients in two steps: queue them under the caller's lock, then write without it.
 *
 * <p>Lives on one thread, for one thing that happens.
 */
final class Dispatch implements Runnable {

    /** Among so many it takes long enough for more to come, and what waits by then leaves together; and for another thread to take its share. */
    private static final int MANY = 64;

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

    private final List<Runnable> writes = new ArrayList<>();
    private final List<Runnable> rest = new ArrayList<>(0);
    private @Nullable Client last;

    /** Queues the frame; memory only. */
    void offer(Client client, Frame frame) {
        Outbox outbox = client.outbox();
        offered(client, outbox, frame, outbox.offer(frame));
    }

    /** Carries on with what became of a frame that somebody else has offered. */
    void offered(Client client, Outbox outbox, Frame frame, Outbox.Offer offer) {
        last = client;
        switch (offer) {
            case READY -> writes.add(() -> outbox.write(frame));
            case FULL -> end(client, Disconnect.SLOW);
            case QUEUED, SPARED, BEHIND, CLOSED -> {}
        }
    }

    /** The client cannot go on. */
    void end(Client client, Disconnect why) {
        rest.add(() -> client.disconnect(why));
    }

    /** Something of ours broke while the client was told. */
    void fail(Client client, Throwable failure) {
        rest.add(() -> client.failed(failure));
    }

    /** The subscription missed something and cannot go on. */
    void lost(Subscription subscription) {
        rest.add(() -> subscription.client().lost(subscription));
    }

    /** The subscription fell behind, and goes on from the history. */
    void rewind(Subscription subscription) {
        rest.add(() -> subscription.client().rewind(subscription));
    }

    /**
     * Starts the writes; the caller holds no lock.
     *
     * <p>A frame for each outbox and no more: while others publish as well an outbox need never become empty, and this thread has its own
     * client to read from. Where there are many it has others write, on each processor a share, so that it can read on meanwhile.
     */
    @Override
    public void run() {
        rest.forEach(Runnable::run);
        if (last != null && writes.size() >= MANY) {
            share(last.node().writers());
        } else {
            writes.forEach(Runnable::run);
        }
        if (last != null) {
            last.relieveNode();
        }
    }

    private void share(Executor writers) {
        int shares = Math.min(PROCESSORS, writes.size() / MANY);
        for (int i = 0; i < shares; i++) {
            List<Runnable> share = writes.subList(writes.size() * i / shares, writes.size() * (i + 1) / shares);
            writers.execute(() -> share.forEach(Runnable::run));
        }
    }
}
