package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import java.util.concurrent.ThreadLocalRandom;

/**
 * PeriodicHeartbeat asks at a fixed interval in the words of the protocol, and accepts nothing but
 * the answer to a ping (protocol section 7).
 *
 * <p>Most client libraries reconnect when no ping comes, whatever else they receive. So a ping
 * leaves before the frames that wait.
 */
final class PeriodicHeartbeat implements Heartbeat {

    private final Runnable ping;
    private final Node node;

    // All fields below are guarded by this. Times are nanoseconds of the node's uptime.
    private boolean started;
    /** The time of the next ping. */
    private long next;
    /** The number of pings without an answer. */
    private int unanswered;
    /** The time of the oldest unanswered ping, or of the last answer. */
    private long askedAt;
    /** The number of answers without a ping, one after another. */
    private int unasked;

    /** {@code ping} sends one ping to the client, without blocking. */
    PeriodicHeartbeat(Runnable ping, Node node) {
        this.ping = ping;
        this.node = node;
    }

    /**
     * Sets the first ping to a random time, so that clients that came together are not asked
     * together.
     */
    @Override
    public synchronized void start() {
        long interval = node.limits().pingInterval().toNanos();
        started = true;
        next = now() + interval / 2 + ThreadLocalRandom.current().nextLong(interval / 2 + 1);
    }

    private long now() {
        return node.uptime().getAsLong();
    }

    @Override
    public void received() {}

    /** Accepts one answer without a ping, because a client may answer a ping twice by mistake. */
    @Override
    public synchronized void answered() {
        if (unanswered > 0) {
            unanswered--;
            askedAt = now();
            unasked = 0;
        } else if (++unasked > 1) {
            throw Disconnect.badRequest("an answer to no ping");
        }
    }

    @Override
    public void beat() {
        synchronized (this) {
            long now = now();
            if (!started || now - next < 0) {
                return;
            }
            next = now + node.limits().pingInterval().toNanos();
            if (unanswered++ == 0) {
                askedAt = now;
            }
        }
        ping.run();
    }

    @Override
    public synchronized boolean isGone() {
        return unanswered > 0 && now() - askedAt > node.limits().pongTimeout().toNanos();
    }
}
