package dev.switchboard;

import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Runs a property with many random inputs.
 *
 * <p>Each trial has a seed of its own. A failure names it, and {@code -Dtrials.seed=} begins with
 * that seed again.
 */
public final class Trials {

    private static final String SEED = "trials.seed";

    /** One run of a property, whose inputs all come from {@code random}. */
    @FunctionalInterface
    public interface Property {
        void holds(Random random) throws Exception;
    }

    private Trials() {}

    public static void run(int count, Property property) {
        long first = Long.getLong(SEED, ThreadLocalRandom.current().nextLong(Long.MAX_VALUE / 2));
        for (long seed = first; seed < first + count; seed++) {
            try {
                property.holds(random(seed));
            } catch (Throwable failure) {
                throw new AssertionError("fails with -D" + SEED + "=" + seed + ": " + failure.getMessage(), failure);
            }
        }
    }

    /** Spreads the seeds, because {@link Random} begins alike with neighbouring seeds. */
    private static Random random(long seed) {
        return new Random(new SplittableRandom(seed).nextLong());
    }
}
