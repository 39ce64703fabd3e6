package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Sends all clients away, not all at once and in no order: each may first read what waits for it, and those who come again elsewhere do not
 * come together.
 *
 * <p>Used by one thread at a time.
 */
public final class Drain {

    /** How long a client has to read what waits for it. */
    private static final Duration FLUSH = Duration.ofSeconds(2);

    private record Leaving(Client client, long until) {}

    private final Disconnect why;
    private final int perStep;
    private final LongSupplier clock;
    private final Deque<Client> staying;
    private List<Leaving> leaving = new ArrayList<>();

    Drain(Collection<Client> clients, Disconnect why, int perStep, LongSupplier clock) {
        List<Client> shuffled = new ArrayList<>(clients);
        Collections.shuffle(shuffled);
        this.staying = new ArrayDeque<>(shuffled);
        this.why = why;
        this.perStep = perStep;
        this.clock = clock;
    }

    /** Sends some more away; true when all are gone. */
    public boolean step() {
        for (int i = 0; i < perStep && !staying.isEmpty(); i++) {
            leaving.add(new Leaving(staying.remove(), clock.getAsLong() + FLUSH.toNanos()));
        }
        List<Leaving> reading = new ArrayList<>();
        for (Leaving next : leaving) {
            if (next.client.hasRead() || clock.getAsLong() - next.until > 0) {
                next.client.disconnect(why);
            } else {
                reading.add(next);
            }
        }
        leaving = reading;
        return staying.isEmpty() && leaving.isEmpty();
    }
}
