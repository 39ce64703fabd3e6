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

    /** A connection is there, which was let in or came another way. */
    Place enter(Peer peer) {
        connections.incrementAndGet();
        ofAddress.merge(peer.address(), 1, Integer::sum);
        return new Place(peer.address());
    }

    /** What one connection is counted as: each thing once, and nothing after it has left, however late its answers come. Any thread. */
    final class Place {
        private final String address;

        // all guarded by this
        private String user = "";
        private boolean waits;
        private boolean left;

        private Place(String address) {
            this.address = address;
        }

        /** It has yet to say who it is. */
        synchronized void await() {
            if (!left && !waits) {
                waits = true;
                waiting.incrementAndGet();
            }
        }

        /** It waits no more. */
        synchronized void admit() {
            if (waits) {
                waits = false;
                waiting.decrementAndGet();
            }
        }

        /** It is this user's, empty for one who is not known; {@link Disconnect#CONNECTION_LIMIT} if that one has too many. */
        synchronized void identify(String who) {
            if (left || who.isEmpty() || !user.isEmpty()) {
                return;
            }
            ofUser.compute(who, (name, before) -> {
                int count = before == null ? 0 : before;
                if (count >= capacity.connectionsOfUser()) {
                    throw Disconnect.CONNECTION_LIMIT;
                }
                return count + 1;
            });
            user = who;
        }

        synchronized void leave() {
            if (left) {
                return;
            }
            left = true;
            admit();
            connections.decrementAndGet();
            less(ofAddress, address);
            less(ofUser, user);
        }
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
