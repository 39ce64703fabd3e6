package dev.switchboard.history;

import java.io.IOException;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** A relay that a {@link Workload} is run against; called by one thread. */
public interface Target {

    /** Connects a client; {@code ear} may be called before this returns, but not on this thread. */
    Line open(Line.Ear ear) throws IOException;

    /** Makes the relay lose the channel's history, so that a new epoch begins. A target that cannot do it does nothing, and the run then cannot demand rotations. */
    void loseHistory(String channel);

    /**
     * What the relay counts. The names that the checker knows are {@code clients}, {@code channels}, {@code outbox.bytes} and
     * {@code disconnects.CODE} for each close code; leave out the disconnects where a close may not reach its client.
     */
    Map<String, Long> counters();

    /** Lets the relay go on until the condition is met, and answers false if it is not met within the time that a live relay needs for anything. */
    boolean waitUntil(BooleanSupplier met);
}
