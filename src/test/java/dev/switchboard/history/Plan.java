package dev.switchboard.history;

import java.util.List;
import java.util.Map;

/**
 * What a workload does; everything that the seed can decide, it decides.
 *
 * @param channels how many publications each channel keeps, 0 for a raw one; the relay is set up so
 * @param publications how many are published in all
 * @param maxChars the longest filling of a payload; most are much shorter
 * @param rotations how often a history is lost
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
