package dev.switchboard.console;

import dev.switchboard.hub.Hub;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.Counters;
import dev.switchboard.limits.Histogram;
import dev.switchboard.limits.LabelledCounter;
import dev.switchboard.limits.Traffic;
import dev.switchboard.model.NodeInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Makes a point of what has happened since the point before. For one thread at a time. */
final class Sampler {

    private static final double NANOS_IN_MILLI = 1_000_000;

    private final Hub hub;
    private final Admission admission;
    private final Counters counters;
    private final List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();

    /** What each counter had at the point before. */
    private final Map<String, Long> before = new HashMap<>();

    private long[] delaysBefore;

    Sampler(Hub hub, Admission admission, Counters counters) {
        this.hub = hub;
        this.admission = admission;
        this.counters = counters;
        this.delaysBefore = counters.traffic().delays().counts();
        String unused = sample(0, 1); // what was before the first point is in none
    }

    /** Returns the point as JSON. {@code seconds} is the time since the point before. */
    String sample(long at, double seconds) {
        NodeInfo info = hub.info("", "", Duration.ZERO);
        Map<String, Traffic.Namespace> namespaces = counters.traffic().byNamespace();
        JsonWriter json = new JsonWriter(512)
                .number("at", at)
                .number("connections", info.clients())
                .number("users", info.users())
                .number("channels", info.channels())
                .number("subscriptions", info.subscriptions());
        rate(json, "in", sum(namespaces, Traffic.Namespace::publications), seconds);
        rate(json, "out", sum(namespaces, Traffic.Namespace::deliveries), seconds);
        rate(json, "bytesIn", sum(namespaces, Traffic.Namespace::publicationBytes), seconds);
        rate(json, "bytesOut", sum(namespaces, Traffic.Namespace::deliveryBytes), seconds);
        addDelays(json);
        json.number("outboxBytes", admission.outboxBytes());
        json.object("publications");
        namespaces.forEach((name, namespace) -> {
            long more = more("publications " + name, namespace.publications());
            if (more > 0) {
                json.entryJson(name.equals(Traffic.OTHER) ? "" : name, decimal(more / seconds));
            }
        });
        json.end();
        addCounts(json, "errors", counters.errors(), label -> label);
        addCounts(json, "disconnects", counters.disconnects(), label -> label);
        addCounts(json, "recoveries", counters.recoveries(), label -> label.equals("failed") ? "not" : label);
        Runtime runtime = Runtime.getRuntime();
        return json.number("heap", runtime.totalMemory() - runtime.freeMemory())
                .number("heapMax", runtime.maxMemory())
                .number("gcPause", more("gc", collected()))
                .finish();
    }

    private static long sum(Map<String, Traffic.Namespace> namespaces, ToLongFunction<Traffic.Namespace> figure) {
        return namespaces.values().stream().mapToLong(figure).sum();
    }

    private long collected() {
        return collectors.stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .filter(millis -> millis > 0) // -1 is unknown
                .sum();
    }

    private void rate(JsonWriter json, String name, long now, double seconds) {
        json.json(name, decimal(more(name, now) / seconds));
    }

    private long more(String name, long now) {
        Long last = before.put(name, now);
        return now - (last == null ? 0 : last);
    }

    private void addCounts(JsonWriter json, String name, LabelledCounter counter, Function<String, String> word) {
        json.object(name);
        counter.counts().forEach((label, now) -> {
            long more = more(name + " " + label, now);
            if (more > 0) {
                json.entryJson(word.apply(label), Long.toString(more));
            }
        });
        json.end();
    }

    private void addDelays(JsonWriter json) {
        long[] now = counters.traffic().delays().counts();
        long[] more = new long[now.length];
        for (int i = 0; i < now.length; i++) {
            more[i] = now[i] - delaysBefore[i];
        }
        delaysBefore = now;
        json.json("delayP50", text(quantile(more, 0.5))).json("delayP99", text(quantile(more, 0.99)));
    }

    private static String text(@Nullable Double millis) {
        return millis == null ? "null" : decimal(millis);
    }

    /**
     * Returns the quantile in milliseconds, as if the times of a bucket lay evenly in it; null if
     * there are no times.
     */
    static @Nullable Double quantile(long[] counts, double part) {
        long all = 0;
        for (long count : counts) {
            all += count;
        }
        if (all == 0) {
            return null;
        }
        long[] bounds = Histogram.bounds();
        double wanted = all * part;
        long passed = 0;
        for (int i = 0; i < counts.length; i++) {
            if (passed + counts[i] >= wanted && counts[i] > 0) {
                double from = i == 0 ? 0 : bounds[i - 1];
                double to = i < bounds.length ? bounds[i] : from; // the last bucket has no end
                return (from + (to - from) * (wanted - passed) / counts[i]) / NANOS_IN_MILLI;
            }
            passed += counts[i];
        }
        return bounds[bounds.length - 1] / NANOS_IN_MILLI;
    }

    /** Returns the number to three decimals, without zeros at the end. */
    static String decimal(double value) {
        return BigDecimal.valueOf(value)
                .setScale(3, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }
}
