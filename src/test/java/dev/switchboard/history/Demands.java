package dev.switchboard.history;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * What a run must have met to count, and the bounds it is judged by.
 *
 * @param recoveries how many subscribers at least recovered everything
 * @param refusals how many at least were told that they could not
 * @param rotations how many epochs at least followed another
 * @param cuts how many clients at least were cut as too slow (3008)
 * @param recoverable a subscriber that is behind by no more than this, or the channel's history if that is less, must recover
 * @param revocation how long after a permission ended something may still be heard
 * @param zero counters that must be there and be 0 at the end
 * @param bounds counters that may never be above a value
 */
public record Demands(
        int recoveries,
        int refusals,
        int rotations,
        int cuts,
        int recoverable,
        Duration revocation,
        Set<String> zero,
        Map<String, Long> bounds) {

    /** Of a whole workload. The relay's own bound of 512 KiB holds 16 publications of the greatest size, which is 16 KiB, twice. */
    public static final Demands FULL = new Demands(
            20, 5, 1, 1, 16, Duration.ofSeconds(1), Set.of("clients", "channels", "outbox.bytes"), Map.of());

    /** Of a log that is no whole run: only what is in it is judged. */
    public static final Demands NONE = new Demands(0, 0, 0, 0, 16, Duration.ofSeconds(1), Set.of(), Map.of());

    public Demands withZero(Set<String> names) {
        return new Demands(recoveries, refusals, rotations, cuts, recoverable, revocation, names, bounds);
    }

    public Demands withBounds(Map<String, Long> most) {
        return new Demands(recoveries, refusals, rotations, cuts, recoverable, revocation, zero, most);
    }
}
