package dev.switchboard.hub;

import dev.switchboard.model.Disconnect;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Deadline is the time at which a client is disconnected, unless something happens before.
 *
 * @param clock nanoseconds
 * @param at a time of the clock
 */
record Deadline(LongSupplier clock, long at, Disconnect reason) {

    static Deadline in(Duration delay, LongSupplier clock, Disconnect reason) {
        return new Deadline(clock, clock.getAsLong() + delay.toNanos(), reason);
    }

    boolean isOver() {
        return clock.getAsLong() - at > 0;
    }
}
