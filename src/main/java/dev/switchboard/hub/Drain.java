package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Drain disconnects all clients of a node, a few in each step and in random order. So they do not
 * reconnect elsewhere at the same time, and each client may first read what waits for it.
 *
 * <p>One thread at a time uses it.
 */
public final class Drain {

    /** The time in which a client can read what waits for it. */
    private static final Duration FLUSH = Duration.ofSeconds(2);

    /** A client whose turn has come; {@code until} is the end of its {@link #FLUSH}. */
    private record Leaving(Client client, long until) {}

    private final Disconnect reason;
    private final int perStep;
    private final LongSupplier clock;
    private final Deque<Client> staying;
    private List<Leaving> leaving = new ArrayList<>();

    /**
     * Disconnects each client that comes from now on. The clients that are there go by
     * {@link #step}.
     *
     * @param perStep the number of clients whose turn comes in one step
     * @param clock nanoseconds of the time that clients had to read
     */
    public Drain(Hub hub, Disconnect reason, int perStep, LongSupplier clock) {
        hub.closeAdmission(reason);
        List<Client> shuffled = new ArrayList<>(hub.clients());
        Collections.shuffle(shuffled);
        this.staying = new ArrayDeque<>(shuffled);
        this.reason = reason;
        this.perStep = perStep;
        this.clock = clock;
    }

    /** Disconnects some more clients. Returns true if none is left. */
    public boolean step() {
        for (int i = 0; i < perStep && !staying.isEmpty(); i++) {
            leaving.add(new Leaving(staying.remove(), clock.getAsLong() + FLUSH.toNanos()));
        }
        List<Leaving> reading = new ArrayList<>();
        for (Leaving next : leaving) {
            if (next.client.hasRead() || clock.getAsLong() - next.until > 0) {
                next.client.disconnect(reason);
            } else {
                reading.add(next);
            }
        }
        leaving = reading;
        return staying.isEmpty() && leaving.isEmpty();
    }
}
