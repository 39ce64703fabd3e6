package dev.switchboard.history;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * Says what a run must have exercised, and by which bounds it is judged.
 *
 * @param recoveries minimum number of complete recoveries
 * @param refusals minimum number of refused recoveries
 * @param rotations minimum number of epochs that followed another
 * @param cuts minimum number of clients that were disconnected as slow (3008)
 * @param recoverable number of missed publications up to which a subscriber must recover, if the
 *     history of the channel has them
 * @param revocation time after the end of a permission in which publications may still arrive
 * @param zero counters that must exist, and be 0 at the end
 * @param bounds maximum values of counters
 */
public record Requirements(
        int recoveries,
        int refusals,
        int rotations,
        int cuts,
        int recoverable,
        Duration revocation,
        Set<String> zero,
        Map<String, Long> bounds) {

    /**
     * For a whole workload. The bound of the relay, 512 KiB, is twice 16 publications of 16 KiB.
     */
    public static final Requirements FULL = new Requirements(
            20, 5, 1, 1, 16, Duration.ofSeconds(1), Set.of("clients", "channels", "outbox.bytes"), Map.of());

    /** For a log that is no whole run, so that only its events are judged. */
    public static final Requirements NONE = new Requirements(0, 0, 0, 0, 16, Duration.ofSeconds(1), Set.of(), Map.of());

    public Requirements withZero(Set<String> names) {
        return new Requirements(recoveries, refusals, rotations, cuts, recoverable, revocation, names, bounds);
    }

    public Requirements withBounds(Map<String, Long> most) {
        return new Requirements(recoveries, refusals, rotations, cuts, recoverable, revocation, zero, most);
    }
}
