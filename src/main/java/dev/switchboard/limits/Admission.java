package dev.switchboard.limits;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Peer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Admits connections up to the limits of this node, of each address, of each user and of each
 * second. Any thread.
 */
public final class Admission {

    /** The answer to a handshake: a place, or the reason of a refusal. */
    public sealed interface Answer permits Refusal, Place {}

    /** Says why the node refuses a handshake. A later handshake can succeed. */
    public enum Refusal implements Answer {
        /** The node drains. */
        DRAINING,
        /** The node has its largest number of connections. */
        CONNECTIONS,
        /** The address has its largest number of connections. */
        ADDRESS,
        /** Too many clients have not sent their connect command. */
        WAITING,
        /** The outboxes of all clients hold too many bytes. */
        MEMORY,
        /** The node has had too many handshakes in this second. */
        RATE
    }

    private final NodeLimits limits;
    private final LongSupplier nanoTime;
    private final Budget budget;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder admitted = new LongAdder();
    private final Map<String, Integer> byAddress = new ConcurrentHashMap<>();
    private final Map<String, Integer> byUser = new ConcurrentHashMap<>();
    private final RateLimit handshakes;
    private volatile boolean draining;

    /** {@code nanoTime} is a monotonic clock in nanoseconds. */
    public Admission(NodeLimits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.budget = new Budget(limits.outboxBytes());
        this.handshakes = new RateLimit(limits.handshakes(), limits.burst(), nanoTime.getAsLong());
    }

    /** Returns the memory that all clients of the node share. */
    public Budget budget() {
        return budget;
    }

    /**
     * Takes a place for a handshake from the address, or returns why the node refuses the
     * handshake.
     *
     * <p>Each call counts as a handshake. The caller gives the place back with {@link Place#leave},
     * or passes it to a client. An empty address has no limit.
     */
    public Answer take(String address) {
        if (draining) {
            return Refusal.DRAINING;
        }
        if (!incrementBelow(connections, limits.connections())) {
            return Refusal.CONNECTIONS;
        }
        Place place = new Place();
        Refusal refusal = place.take(address);
        if (refusal == null) {
            admitted.increment();
            return place;
        }
        place.leave();
        return refusal;
    }

    /**
     * Returns why the node refuses a request from the address; null if the node admits it. The
     * request counts as a handshake, but keeps no place.
     */
    public @Nullable Refusal refusal(String address) {
        Answer answer = take(address);
        if (answer instanceof Place place) {
            place.leave();
            return null;
        }
        return (Refusal) answer;
    }

    /** Adds one if the count is below the limit, and returns whether it did. */
    private static boolean incrementBelow(AtomicInteger count, int limit) {
        return count.getAndUpdate(before -> before < limit ? before + 1 : before) < limit;
    }

    private static boolean incrementBelow(Map<String, Integer> counts, String key, int limit) {
        AtomicBoolean taken = new AtomicBoolean();
        counts.compute(key, (name, before) -> {
            int count = before == null ? 0 : before;
            taken.set(count < limit);
            return count < limit ? Integer.valueOf(count + 1) : before;
        });
        return taken.get();
    }

    /** Refuses all handshakes from now on. */
    public void drain() {
        draining = true;
    }

    /** Returns whether {@link #drain} was called. */
    public boolean isDraining() {
        return draining;
    }

    /** Takes a place for a connection without a handshake. No limit holds for it. */
    public Place enter(Peer peer) {
        connections.incrementAndGet();
        Place place = new Place();
        place.enter(peer.address());
        return place;
    }

    /**
     * Counts one connection: on the node, for its address, for its user and as waiting.
     *
     * <p>Each of these counts the connection at most once, and never after {@link #leave}. Any
     * thread.
     */
    public final class Place implements Answer {

        // all guarded by this
        private @Nullable String address; // null while it is not counted
        private String user = "";
        private boolean waits;
        private boolean left;

        private Place() {}

        /**
         * Counts the place for its address and as waiting, and counts a handshake. Returns null if
         * all limits allow it; after a refusal, the caller must call {@link #leave}.
         */
        private synchronized @Nullable Refusal take(String from) {
            if (!incrementBelow(byAddress, from, from.isEmpty() ? Integer.MAX_VALUE : limits.connectionsOfAddress())) {
                return Refusal.ADDRESS;
            }
            address = from;
            if (!incrementBelow(waiting, limits.waiting())) {
                return Refusal.WAITING;
            }
            waits = true;
            if (budget.isExceeded()) {
                return Refusal.MEMORY;
            }
            synchronized (handshakes) {
                return handshakes.take(nanoTime.getAsLong()) ? null : Refusal.RATE;
            }
        }

        private synchronized void enter(String from) {
            byAddress.merge(from, 1, Integer::sum);
            address = from;
        }

        /** Counts the connection as waiting: the client has not sent its connect command. */
        public synchronized void await() {
            if (!left && !waits) {
                waits = true;
                waiting.incrementAndGet();
            }
        }

        /** Counts the connection no longer as waiting. */
        public synchronized void admit() {
            if (waits) {
                waits = false;
                waiting.decrementAndGet();
            }
        }

        /**
         * Counts the connection for its user. Does nothing if the name is empty.
         *
         * @throws Disconnect {@link Disconnect#CONNECTION_LIMIT} if the user has its largest number
         *     of connections
         */
        public synchronized void identify(String name) {
            if (left || name.isEmpty() || !user.isEmpty()) {
                return;
            }
            if (!incrementBelow(byUser, name, limits.connectionsOfUser())) {
                throw Disconnect.CONNECTION_LIMIT;
            }
            user = name;
        }

        /** Removes the connection from all counts. A second call does nothing. */
        public synchronized void leave() {
            if (left) {
                return;
            }
            left = true;
            admit();
            connections.decrementAndGet();
            if (address != null) {
                decrement(byAddress, address);
            }
            decrement(byUser, user);
        }
    }

    private static void decrement(Map<String, Integer> counts, String key) {
        counts.computeIfPresent(key, (name, count) -> count == 1 ? null : count - 1);
    }

    /** Returns the number of connections on the node. */
    public int connections() {
        return connections.get();
    }

    /** Returns the number of handshakes that were not refused, since the start. */
    public long admitted() {
        return admitted.sum();
    }

    /** Returns the number of connections whose clients have not sent their connect command. */
    public int waiting() {
        return waiting.get();
    }

    /**
     * Returns about how many bytes wait in all outboxes, together with the commands that wait for
     * their turn.
     */
    public long outboxBytes() {
        return budget.used();
    }

    /** Returns the largest {@link #outboxBytes} since the start. */
    public long highestOutboxBytes() {
        return budget.highest();
    }
}
