package dev.switchboard.history;

import java.util.List;
import java.util.Map;

/**
 * Says what a workload does. The seed decides everything else that does not depend on time.
 *
 * @param channels number of publications that each channel keeps, 0 for a raw channel; the relay
 *     must have the same rules
 * @param publications number of publications of the whole workload
 * @param maxChars the longest filling of a payload; most are much shorter
 * @param steady subscribers that stay connected
 * @param flapping subscribers that often reconnect
 * @param slow subscribers that often do not read
 * @param churning subscribers that often subscribe and unsubscribe
 * @param rotations number of times that a history is lost
 */
public record Plan(
        long seed,
        Map<String, Integer> channels,
        int publications,
        int maxChars,
        int publishers,
        int steady,
        int flapping,
        int slow,
        int churning,
        int rotations) {

    public Plan {
        channels = Map.copyOf(channels);
    }

    /** The workload of the delivery contract; its payloads reach 16 KiB of UTF-8. */
    public static Plan full(long seed, int publications) {
        return new Plan(
                seed,
                Map.of("large:1", 1000, "large:2", 1000, "small:1", 20, "small:2", 20, "raw:1", 0, "raw:2", 0),
                publications,
                12_000,
                4,
                4,
                4,
                2,
                2,
                4);
    }

    List<String> all() {
        return channels.keySet().stream().sorted().toList();
    }

    List<String> streams() {
        return all().stream()
                .filter(channel -> channels.getOrDefault(channel, 0) > 0)
                .toList();
    }
}
