package dev.switchboard.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class HistogramTest {

    private final Histogram times = new Histogram();

    @Test
    void each_time_is_in_the_first_bucket_that_holds_it() {
        long[] bounds = Histogram.bounds();
        assertThat(bounds).isSorted();
        for (long bound : bounds) {
            times.observe(bound);
        }
        times.observe(bounds[bounds.length - 1] + 1);
        times.observe(0);
        times.observe(bounds[0] + 1);

        long[] counts = times.counts();

        assertThat(counts).hasSize(bounds.length + 1);
        assertThat(Arrays.copyOf(counts, 3)).containsExactly(2, 2, 1);
        assertThat(counts[bounds.length]).isEqualTo(1);
        assertThat(times.count()).isEqualTo(bounds.length + 3);
        assertThat(times.sum()).isEqualTo(Arrays.stream(bounds).sum() + bounds[bounds.length - 1] + 1 + bounds[0] + 1);
    }

    @Test
    void a_reader_cannot_change_the_bounds() {
        Histogram.bounds()[0] = 0;
        assertThat(Histogram.bounds()[0]).isPositive();
    }
}
