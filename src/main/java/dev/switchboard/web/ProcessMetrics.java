package dev.switchboard.web;

import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.lang.management.RuntimeMXBean;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.JMRuntimeException;
import javax.management.ObjectName;

/**
 * Reads the metrics of the process, under the names that the Prometheus client library gives them.
 *
 * <p>It asks the MBean server for what only the JDK's own classes know, because a container can
 * hide these classes.
 */
final class ProcessMetrics {

    private static final double NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final double MILLIS = TimeUnit.SECONDS.toMillis(1);
    private static final int BYTES_IN_KIB = 1024;

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";

    private ProcessMetrics() {}

    /** Adds all metrics of the process. A system that does not know one has no value for it. */
    static void add(MetricList list) {
        addProcess(list);
        addMemory(list);
        addThreads(list);
    }

    private static void addProcess(MetricList list) {
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        list.gauge(
                "process_start_time_seconds",
                "Start of the process, in seconds since 1970.",
                runtime.getStartTime() / MILLIS);
        list.counters("process_cpu_seconds", "CPU time of the process.", ofSystem("ProcessCpuTime", 1 / NANOS));
        list.gauges("process_open_fds", "Open file descriptors.", ofSystem("OpenFileDescriptorCount", 1));
        list.gauges("process_max_fds", "Maximum open file descriptors.", ofSystem("MaxFileDescriptorCount", 1));
        list.gauges("process_resident_memory_bytes", "Resident memory of the process.", residentBytes(STATUS));
        list.info(
                "jvm_runtime",
                "The Java that runs the process.",
                Labels.of("version", runtime.getVmVersion(), "vendor", runtime.getVmVendor()));
    }

    private static Map<Labels, Double> ofSystem(String attribute, double factor) {
        try {
            Object value = ManagementFactory.getPlatformMBeanServer()
                    .getAttribute(new ObjectName(ManagementFactory.OPERATING_SYSTEM_MXBEAN_NAME), attribute);
            return value instanceof Number number ? known(number.doubleValue() * factor) : Map.of();
        } catch (JMException | JMRuntimeException absent) { // Windows has no descriptors; counting them takes one
            return Map.of();
        }
    }

    /** Returns no value for a negative one: with it the JVM says that it does not know. */
    static Map<Labels, Double> known(double value) {
        return value < 0 ? Map.of() : Map.of(Labels.EMPTY, value);
    }

    /** Returns no value if the file, which is that of Linux, cannot be read. */
    static Map<Labels, Double> residentBytes(Path status) {
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith(RESIDENT))
                    .findFirst()
                    .map(line -> line.replaceAll("\\D", ""))
                    .map(kib -> Map.of(Labels.EMPTY, Double.parseDouble(kib) * BYTES_IN_KIB))
                    .orElse(Map.of());
        } catch (IOException | UncheckedIOException unreadable) {
            return Map.of();
        }
    }

    private static void addMemory(MetricList list) {
        list.gauges("jvm_memory_used_bytes", "Used memory, by area.", areas(MemoryUsage::getUsed));
        list.gauges("jvm_memory_committed_bytes", "Committed memory, by area.", areas(MemoryUsage::getCommitted));
        list.gauges("jvm_memory_max_bytes", "Maximum memory, by area; -1 for no maximum.", areas(MemoryUsage::getMax));
        list.gauges(
                "jvm_buffer_pool_used_bytes",
                "Memory of buffers outside the heap, by pool.",
                ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .collect(Collectors.toMap(
                                pool -> Labels.of("pool", pool.getName()), BufferPoolMXBean::getMemoryUsed)));
        SummarySnapshot.Builder pauses =
                SummarySnapshot.builder().name("jvm_gc_collection_seconds").help("Garbage collections, by collector.");
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            pauses.dataPoint(SummaryDataPointSnapshot.builder()
                    .labels(Labels.of("gc", collector.getName()))
                    .count(collector.getCollectionCount())
                    .sum(collector.getCollectionTime() / MILLIS)
                    .build());
        }
        list.add(pauses.build());
    }

    private static Map<Labels, Long> areas(ToLongFunction<MemoryUsage> figure) {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        Map<Labels, Long> areas = new HashMap<>();
        areas.put(Labels.of("area", "heap"), figure.applyAsLong(memory.getHeapMemoryUsage()));
        areas.put(Labels.of("area", "nonheap"), figure.applyAsLong(memory.getNonHeapMemoryUsage()));
        return areas;
    }

    private static void addThreads(MetricList list) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        list.gauge("jvm_threads_current", "Threads.", threads.getThreadCount());
        list.gauge("jvm_threads_daemon", "Daemon threads.", threads.getDaemonThreadCount());
        list.gauge("jvm_threads_peak", "The largest number of threads at a time.", threads.getPeakThreadCount());
        list.gauge(
                "jvm_classes_currently_loaded",
                "Loaded classes.",
                ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
    }
}
