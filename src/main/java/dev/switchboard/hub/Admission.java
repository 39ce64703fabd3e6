package dev.switchboard.hub;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Who may still come: counts the connections of this node, of each address and of each user, and how fast they come. Any thread. */
public final class Admission {

    /** Why a handshake is refused; each of them passes. */
    public enum Refusal {
        /** The node sends its clients away. */
        DRAINING,
        /** It has as many connections as it may. */
        CONNECTIONS,
        /** That address has. */
        ADDRESS,
        /** Too many have not said who they are. */
        WAITING,
        /** Too much waits in the outboxes. */
        MEMORY,
        /** They come too fast. */
        RATE
    }

    private final Capacity capacity;
    private final LongSupplier nanoTime;
    private final Budget budget;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Map<String, Integer> ofAddress = new ConcurrentHashMap<>();
    private final Map<String, Integer> ofUser = new ConcurrentHashMap<>();
    private final RateLimit handshakes;
    private volatile boolean draining;

    public Admission(Capacity capacity, LongSupplier nanoTime) {
        this.capacity = capacity;
        this.nanoTime = nanoTime;
        this.budget = new Budget(capacity.outboxBytes());
        this.handshakes = new RateLimit(capacity.handshakes(), capacity.burst(), nanoTime.getAsLong());
    }

    Budget budget() {
        return budget;
    }

    /** Why a handshake from that address is to be refused, null if it is not; asked once for each handshake, which counts. */
    public @Nullable Refusal refusal(String address) {
        if (draining) {
            return Refusal.DRAINING;
        }
        if (connections.get() >= capacity.connections()) {
            return Refusal.CONNECTIONS;
        }
        if (!address.isEmpty() && ofAddress.getOrDefault(address, 0) >= capacity.connectionsOfAddress()) {
            return Refusal.ADDRESS;
        }
        if (waiting.get() >= capacity.waiting()) {
            return Refusal.WAITING;
        }
        if (budget.isExceeded()) {
            return Refusal.MEMORY;
        }
        synchronized (handshakes) {
            return handshakes.take(nanoTime.getAsLong()) ? null : Refusal.RATE;
        }
    }

    /** Nobody is let in any more. */
    public void drain() {
        draining = true;
    }

    public boolean isDraining() {
        return draining;
    }

    /** A connection is there, which was let in or came another way; {@link #left} must follow once. */
    void entered(Peer peer) {
        connections.incrementAndGet();
        ofAddress.merge(peer.address(), 1, Integer::sum);
    }

    void left(Peer peer) {
        connections.decrementAndGet();
        less(ofAddress, peer.address());
    }

    /** A connection has yet to say who it is; {@link #waitsNoMore} must follow once. */
    void waits() {
        waiting.incrementAndGet();
    }

    void waitsNoMore() {
        waiting.decrementAndGet();
    }

    /** A connection is this user's; {@link #userLeft} must follow once if this returns. */
    void userEntered(String user) {
        ofUser.compute(user, (name, before) -> {
            int count = before == null ? 0 : before;
            if (count >= capacity.connectionsOfUser()) {
                throw Disconnect.CONNECTION_LIMIT;
            }
            return count + 1;
        });
    }

    void userLeft(String user) {
        less(ofUser, user);
    }

    private static void less(Map<String, Integer> counts, String key) {
        counts.computeIfPresent(key, (name, count) -> count == 1 ? null : count - 1);
    }

    public int connections() {
        return connections.get();
    }

    public int waiting() {
        return waiting.get();
    }

    /** What waits in all outboxes and what was sent ahead of answers, in bytes, roughly. */
    public long outboxBytes() {
        return budget.used();
    }
}
