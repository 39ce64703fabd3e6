package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Asks at a fixed interval in the protocol's own words, however busy the connection is, and takes only the answer for an answer (protocol
 * section 7).
 *
 * <p>Most client libraries give up when the pings stay away, whatever else they receive; so a ping leaves before all that waits.
 */
final class PeriodicHeartbeat implements Heartbeat {

    private final Client client;
    private final Node node;

    // all guarded by this
    private boolean started;
    private long next;
    private int unanswered;
    private long askedAt;
    private int uncalledFor;

    PeriodicHeartbeat(Client client, Node node) {
        this.client = client;
        this.node = node;
    }

    /** The first time at random, so that clients that came together are not asked together. */
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
    public void heard() {}

    /** The first answer without a question is forgiven: a client may answer a ping twice by mistake, but not for ever. */
    @Override
    public synchronized void answered() {
        if (unanswered > 0) {
            unanswered--;
            askedAt = now();
            uncalledFor = 0;
        } else if (++uncalledFor > 1) {
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
        client.ping();
    }

    @Override
    public synchronized boolean isGone() {
        return unanswered > 0 && now() - askedAt > node.limits().pongTimeout().toNanos();
    }
}
