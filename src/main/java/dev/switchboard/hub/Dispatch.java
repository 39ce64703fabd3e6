package dev.switchboard.hub;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hands frames to many clients in two steps: queue them under the caller's lock, then write without it.
 *
 * <p>Lives on one thread, for one thing that happens.
 */
final class Dispatch implements Runnable {

    private record Ending(Client client, Disconnect why) {}

    private record Fault(Client client, Throwable failure) {}

    private final List<Outbox> ready = new ArrayList<>();
    private final List<Ending> endings = new ArrayList<>(0);
    private final List<Subscription> lost = new ArrayList<>(0);
    private final List<Fault> faults = new ArrayList<>(0);
    private @Nullable Client last;

    /** Queues the frame; memory only. */
    void offer(Client client, Frame frame) {
        last = client;
        switch (client.outbox().offer(frame)) {
            case READY -> ready.add(client.outbox());
            case FULL -> end(client, Disconnect.SLOW);
            case QUEUED, CLOSED -> {}
        }
    }

    /** The client cannot go on. */
    void end(Client client, Disconnect why) {
        endings.add(new Ending(client, why));
    }

    /** Something of ours broke while the client was told. */
    void fail(Client client, Throwable failure) {
        faults.add(new Fault(client, failure));
    }

    /** The subscription missed something and cannot go on. */
    void lost(Subscription subscription) {
        lost.add(subscription);
    }

    /**
     * Starts the writes; the caller holds no lock.
     *
     * <p>A frame for each outbox and no more: while others publish as well an outbox need never become empty, and this thread has its own
     * client to read from.
     */
    @Override
    public void run() {
        for (Ending ending : endings) {
            ending.client.disconnect(ending.why);
        }
        for (Fault fault : faults) {
            fault.client.failed(fault.failure);
        }
        for (Subscription subscription : lost) {
            subscription.client().lost(subscription);
        }
        for (Outbox outbox : ready) {
            outbox.write();
        }
        if (last != null) {
            last.relieveNode();
        }
    }
}
