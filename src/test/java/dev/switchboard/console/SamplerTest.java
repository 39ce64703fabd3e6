package dev.switchboard.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Node;
import dev.switchboard.hub.Nodes;
import dev.switchboard.json.JsonObject;
import dev.switchboard.limits.Histogram;
import dev.switchboard.limits.Traffic;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SamplerTest {

    private final Node node = Nodes.simple();
    private final Hub hub = new Hub(node);
    private final Sampler sampler = new Sampler(hub, node.admission(), node.counters());

    @Test
    void a_point_has_what_has_happened_since_the_point_before() {
        Traffic.Namespace other = node.counters().traffic().of(null);
        other.published(100);
        other.published(50);
        other.delivered(6, 900);
        node.counters().errors().count("103");
        node.counters().recoveries().count("failed");

        JsonObject point = JsonObject.of(sampler.sample(1_000, 0.5));
        assertThat(point.number("at")).isEqualTo(1_000);
        assertThat(point.source("in")).isEqualTo("4");
        assertThat(point.source("out")).isEqualTo("12");
        assertThat(point.source("bytesIn")).isEqualTo("300");
        assertThat(point.source("bytesOut")).isEqualTo("1800");
        assertThat(point.source("publications")).isEqualTo("{\"\":4}");
        assertThat(point.source("errors")).isEqualTo("{\"103\":1}");
        assertThat(point.source("recoveries")).isEqualTo("{\"not\":1}");
        assertThat(point.source("delayP50")).isEqualTo("null");
        assertThat(point.number("heap")).isPositive();

        JsonObject next = JsonObject.of(sampler.sample(1_001, 1));
        assertThat(next.source("in")).isEqualTo("0");
        assertThat(next.source("publications")).isEqualTo("{}");
        assertThat(next.source("errors")).isEqualTo("{}");
    }

    @Test
    void what_was_before_the_first_point_is_in_none() {
        node.counters().traffic().of(null).published(7);
        Sampler later = new Sampler(hub, node.admission(), node.counters());
        assertThat(JsonObject.of(later.sample(1, 1)).source("in")).isEqualTo("0");
    }

    @Test
    void the_delays_lie_within_the_bucket_of_their_times() {
        Histogram delays = node.counters().traffic().delays();
        for (int i = 0; i < 99; i++) {
            delays.observe(TimeUnit.MILLISECONDS.toNanos(3));
        }
        delays.observe(TimeUnit.MILLISECONDS.toNanos(700));
        JsonObject point = JsonObject.of(sampler.sample(1, 1));
        assertThat(Double.parseDouble(String.valueOf(point.source("delayP50")))).isBetween(1.0, 5.0);
        assertThat(Double.parseDouble(String.valueOf(point.source("delayP99")))).isBetween(1.0, 5.0);
        assertThat(Sampler.quantile(delays.counts(), 0.999)).isBetween(500.0, 1000.0);
    }

    @Test
    void times_above_the_last_bound_count_as_that_bound() {
        long[] counts = new long[Histogram.bounds().length + 1];
        counts[counts.length - 1] = 3;
        assertThat(Sampler.quantile(counts, 0.5)).isEqualTo(10_000);
    }

    @Test
    void numbers_have_no_exponent() {
        assertThat(Sampler.decimal(1_796_060_831.0051)).isEqualTo("1796060831.005");
        assertThat(Sampler.decimal(12_000_000)).isEqualTo("12000000");
        assertThat(Sampler.decimal(0)).isEqualTo("0");
        assertThat(Sampler.decimal(0.25)).isEqualTo("0.25");
    }
}
