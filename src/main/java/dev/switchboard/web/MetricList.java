package dev.switchboard.web;

import dev.switchboard.limits.Calls;
import dev.switchboard.limits.Histogram;
import dev.switchboard.limits.LabelledCounter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Collects the metrics of one answer. Each has a name, a help text, and a value for each set of
 * labels.
 */
final class MetricList {

    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final double[] BOUNDS = bounds();

    private final List<MetricSnapshot> all = new ArrayList<>();

    /** Returns the limits of the buckets in seconds, of which the last one has none. */
    private static double[] bounds() {
        long[] nanos = Histogram.bounds();
        double[] bounds = new double[nanos.length + 1];
        for (int i = 0; i < nanos.length; i++) {
            bounds[i] = nanos[i] / NANOS;
        }
        bounds[nanos.length] = Double.POSITIVE_INFINITY;
        return bounds;
    }

    MetricSnapshots snapshots() {
        return new MetricSnapshots(all);
    }

    void add(MetricSnapshot metric) {
        all.add(metric);
    }

    /** Adds a metric whose value is always 1, and whose name ends with {@code _info}. */
    void info(String name, String help, Labels labels) {
        all.add(InfoSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(InfoDataPointSnapshot.builder().labels(labels).build())
                .build());
    }

    void gauge(String name, String help, Number value) {
        gauges(name, help, Map.of(Labels.EMPTY, value));
    }

    void gauges(String name, String help, Map<Labels, ? extends Number> values) {
        GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name(name).help(help);
        values.forEach((labels, value) -> gauge.dataPoint(GaugeDataPointSnapshot.builder()
                .labels(labels)
                .value(value.doubleValue())
                .build()));
        all.add(gauge.build());
    }

    void counter(String name, String help, Number value) {
        counters(name, help, Map.of(Labels.EMPTY, value));
    }

    void counter(String name, String help, String label, LabelledCounter counts) {
        counters(name, help, labelled(label, counts.counts(), count -> count));
    }

    void counters(String name, String help, Map<Labels, ? extends Number> values) {
        CounterSnapshot.Builder counter = CounterSnapshot.builder().name(name).help(help);
        values.forEach((labels, value) -> counter.dataPoint(CounterDataPointSnapshot.builder()
                .labels(labels)
                .value(value.doubleValue())
                .build()));
        all.add(counter.build());
    }

    void histogram(String name, String help, Histogram times) {
        histograms(name, help, Map.of(Labels.EMPTY, times));
    }

    /** Leaves out labels without a time, because each histogram is many lines. */
    void histograms(String name, String help, Map<Labels, Histogram> times) {
        HistogramSnapshot.Builder histogram =
                HistogramSnapshot.builder().name(name).help(help);
        times.forEach((labels, measured) -> {
            if (labels.isEmpty() || measured.count() > 0) {
                histogram.dataPoint(HistogramDataPointSnapshot.builder()
                        .labels(labels)
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(BOUNDS, measured.counts()))
                        .sum(measured.sum() / NANOS)
                        .build());
            }
        });
        all.add(histogram.build());
    }

    /**
     * Adds the number of calls as {@code prefix + "s"}, and their times as {@code prefix +
     * "_seconds"}. The label is that of their names; {@code what} begins the help texts.
     */
    void calls(String prefix, String what, String label, Calls calls) {
        Map<Labels, Long> counts = new HashMap<>();
        calls.byName()
                .forEach((name, call) -> call.outcomes()
                        .forEach((outcome, count) -> counts.put(Labels.of(label, name, "outcome", outcome), count)));
        counters(prefix + "s", what + ", by outcome.", counts);
        histograms(
                prefix + "_seconds",
                what + ": the time until the outcome.",
                labelled(label, calls.byName(), Calls.Call::times));
    }

    /** Returns the values with their keys as the label of that name. */
    static <V, R> Map<Labels, R> labelled(String label, Map<String, V> values, Function<V, R> value) {
        return values.entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> Labels.of(label, entry.getKey()), entry -> value.apply(entry.getValue())));
    }
}
