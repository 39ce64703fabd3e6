package dev.switchboard.hub;

import java.util.ArrayList;
import java.util.List;

/**
 * Hands frames to many clients in two steps: queue them under the caller's lock, then write without it.
 *
 * <p>Lives on one thread, for one publication.
 */
final class Dispatch {

    private final List<Outbox> ready = new ArrayList<>();
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
     * <p>A frame for each outbox and no more: while others publish as well an outbox need never become empty, and this thread has its own
     * client to read from.
     */
    void run() {
        for (Client client : overflown) {
            client.disconnect(Disconnect.SLOW);
        }
        for (Outbox outbox : ready) {
            if (outbox.sendNext()) {
                outbox.handOver();
            }
        }
    }
}
