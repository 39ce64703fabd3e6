package dev.switchboard.hub;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Hands frames to many clients in two steps: queue them under the caller's lock, then write without it.
 *
 * <p>Lives on one thread, for one publication.
 */
final class Dispatch {

    private final Queue<Outbox> ready = new ArrayDeque<>();
    private final List<Client> overflown = new ArrayList<>();

    /** Queues the frame; memory only. */
    void offer(Client client, Frame frame) {
        switch (client.outbox().offer(frame)) {
            case READY -> ready.add(client.outbox());
            case FULL -> overflown.add(client);
            case QUEUED, CLOSED -> {}
        }
    }

    /**
     * Starts the writes; the caller holds no lock.
     *
     * <p>The outboxes take turns, a frame each: other publishers may keep filling one of them, and those behind it must not wait for that.
     */
    void run() {
        for (Client client : overflown) {
            client.disconnect(Disconnect.SLOW);
        }
        for (Outbox outbox = ready.poll(); outbox != null; outbox = ready.poll()) {
            if (outbox.sendNext()) {
                ready.add(outbox);
            }
        }
    }
}
