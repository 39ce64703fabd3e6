package dev.switchboard.history;

import java.io.IOException;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** Wraps a relay for a {@link Workload}; one thread calls it. */
public interface Target {

    /**
     * Connects a client. {@code listener} may be called before this returns, but on another thread.
     */
    Line open(Line.Listener listener) throws IOException;

    /**
     * Makes the relay lose the history of the channel, so that a new epoch begins. A target that
     * cannot do so does nothing, and then the requirements must have no rotations.
     */
    void loseHistory(String channel);

    /**
     * Returns the counters of the relay. The checker knows {@code clients}, {@code channels},
     * {@code outbox.bytes} and {@code disconnects.CODE} for each close code; leave out the
     * disconnects where a close may not reach its client.
     */
    Map<String, Long> counters();

    /**
     * Lets the relay go on until the condition is met. Returns false if the condition is not met in
     * the time that a live relay needs.
     */
    boolean waitUntil(BooleanSupplier met);
}
