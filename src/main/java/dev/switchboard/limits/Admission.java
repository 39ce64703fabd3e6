package dev.switchboard.limits;

import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Peer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Admits connections up to the limits of this node, of each address, of each user and of each second. Any thread. */
public final class Admission {

    /** The answer to a handshake: a place, or the reason of a refusal. */
    public sealed interface Answer permits Refusal, Place {}

    /** Why a handshake is refused; each of them passes. */
    public enum Refusal implements Answer {
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

    private final NodeLimits capacity;
    private final LongSupplier nanoTime;
    private final Budget budget;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();
    private final Map<String, Integer> ofAddress = new ConcurrentHashMap<>();
    private final Map<String, Integer> ofUser = new ConcurrentHashMap<>();
    private final RateLimit handshakes;
    private volatile boolean draining;

    public Admission(NodeLimits capacity, LongSupplier nanoTime) {
        this.capacity = capacity;
        this.nanoTime = nanoTime;
        this.budget = new Budget(capacity.outboxBytes());
        this.handshakes = new RateLimit(capacity.handshakes(), capacity.burst(), nanoTime.getAsLong());
    }

    public Budget budget() {
        return budget;
    }

    /**
     * Takes a place for a handshake from that address, or returns why the handshake is refused.
     *
     * <p>Each call counts as a handshake. The caller gives the place back by {@link Place#leave},
     * unless a client gets it. An empty address has no limit.
     */
    public Answer take(String address) {
        if (draining) {
            return Refusal.DRAINING;
        }
        if (!takeOne(connections, capacity.connections())) {
            return Refusal.CONNECTIONS;
        }
        Place place = new Place();
        Refusal refusal = place.fill(address);
        if (refusal == null) {
            return place;
        }
        place.leave();
        return refusal;
    }

    /** As {@link #take}, for a request that keeps no place. Returns null if the request is let in. */
    public @Nullable Refusal refusal(String address) {
        Answer answer = take(address);
        if (answer instanceof Place place) {
            place.leave();
            return null;
        }
        return (Refusal) answer;
    }

    private static boolean takeOne(AtomicInteger count, int most) {
        return count.getAndUpdate(before -> before < most ? before + 1 : before) < most;
    }

    private static boolean takeOne(Map<String, Integer> counts, String key, int most) {
        AtomicBoolean taken = new AtomicBoolean();
        counts.compute(key, (name, before) -> {
            int count = before == null ? 0 : before;
            taken.set(count < most);
            return count < most ? Integer.valueOf(count + 1) : before;
        });
        return taken.get();
    }

    /** Admits no connection from now on. */
    public void drain() {
        draining = true;
    }

    public boolean isDraining() {
        return draining;
    }

    /** Counts a connection that took no place before. No limit holds for it. */
    public Place enter(Peer peer) {
        connections.incrementAndGet();
        Place place = new Place();
        place.enter(peer.address());
        return place;
    }

    /**
     * Holds what one connection is counted as.
     *
     * <p>Each count is taken once, and none after {@link #leave}, however late an answer comes. Any
     * thread.
     */
    public final class Place implements Answer {

        // all guarded by this
        private @Nullable String address; // null while it is not counted
        private String user = "";
        private boolean waits;
        private boolean left;

        private Place() {}

        /** Takes everything but the connection itself, and waits. Returns null if there is room. */
        private synchronized @Nullable Refusal fill(String from) {
            if (!takeOne(ofAddress, from, from.isEmpty() ? Integer.MAX_VALUE : capacity.connectionsOfAddress())) {
                return Refusal.ADDRESS;
            }
            address = from;
            if (!takeOne(waiting, capacity.waiting())) {
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
            ofAddress.merge(from, 1, Integer::sum);
            address = from;
        }

        /** Counts as waiting: the client has not connected yet. */
        public synchronized void await() {
            if (!left && !waits) {
                waits = true;
                waiting.incrementAndGet();
            }
        }

        /** Counts as waiting no more. */
        public synchronized void admit() {
            if (waits) {
                waits = false;
                waiting.decrementAndGet();
            }
        }

        /**
         * Counts as a connection of that user, unless the name is empty.
         *
         * @throws Disconnect {@link Disconnect#CONNECTION_LIMIT} if the user has too many
         */
        public synchronized void identify(String who) {
            if (left || who.isEmpty() || !user.isEmpty()) {
                return;
            }
            if (!takeOne(ofUser, who, capacity.connectionsOfUser())) {
                throw Disconnect.CONNECTION_LIMIT;
            }
            user = who;
        }

        /** Gives everything back. May be called again. */
        public synchronized void leave() {
            if (left) {
                return;
            }
            left = true;
            admit();
            connections.decrementAndGet();
            if (address != null) {
                less(ofAddress, address);
            }
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
