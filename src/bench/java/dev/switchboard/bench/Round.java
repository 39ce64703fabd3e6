package dev.switchboard.bench;

import dev.switchboard.bench.Scenario.Age;
import dev.switchboard.bench.Scenario.Idle;
import dev.switchboard.bench.Scenario.Recovery;
import dev.switchboard.bench.Scenario.Traffic;
import dev.switchboard.load.Dialect;
import dev.switchboard.load.Load;
import dev.switchboard.load.LoadRun;
import dev.switchboard.load.Phase;
import dev.switchboard.load.Progress;
import dev.switchboard.load.Result;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Measures one server in one scenario at a time. The server is a new process, or the warm process
 * of earlier scenarios. {@link #close} ends the warm processes.
 */
final class Round implements AutoCloseable {

    /**
     * The time after the last connection in which a server finishes its compilation and garbage
     * collection.
     */
    private static final Duration REST = Duration.ofSeconds(12);

    /**
     * As many clients as the largest scenario: the JVM compiles for seconds after 10,000
     * connections.
     */
    private static final Traffic WARMING = Traffic.fanOut(10_000);

    private static final Duration GLANCE = Duration.ofMillis(500);

    /** The CPU time that an idle server may use in one {@link #GLANCE}. */
    private static final Duration BREATH = Duration.ofMillis(25);

    private static final int GLANCES = 40;

    private final Options options;
    private final Path logs;
    private final Map<Server, RunningServer> warm = new HashMap<>();

    Round(Options options, Path logs) {
        this.options = options;
        this.logs = logs;
    }

    Map<Figure, Double> run(Server server, Scenario scenario) throws IOException, InterruptedException {
        if (scenario.age() == Age.WARM && scenario.work() instanceof Traffic traffic) {
            return warm(server, traffic);
        }
        if (scenario.work() instanceof Recovery recovery) {
            return recovery(server, recovery);
        }
        long begin = System.nanoTime();
        try (RunningServer running = start(server)) {
            double started = seconds(begin);
            if (scenario.work() instanceof Traffic traffic) {
                warmUp(running, traffic.unpaced());
                return traffic(running, traffic);
            }
            return scenario.work() instanceof Idle idle
                    ? idle(server, running, idle)
                    : new EnumMap<>(Map.of(Figure.START, started));
        }
    }

    /** Measures a start with a log. The warm process of the server ends before, because it has the folder. */
    private Map<Figure, Double> recovery(Server server, Recovery recovery) throws IOException, InterruptedException {
        RunningServer before = warm.remove(server);
        if (before != null) {
            before.close();
        }
        Path folder = Servers.log(server.name());
        FilledLog.write(folder, recovery.mebibytes());
        long begin = System.nanoTime();
        RunningServer running = start(server);
        double started = seconds(begin);
        running.close();
        FilledLog.empty(folder); // the next warm process begins without histories
        return new EnumMap<>(Map.of(Figure.START, started));
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private RunningServer start(Server server) throws IOException, InterruptedException {
        RunningServer running = RunningServer.start(server, logs.resolve(server.name() + ".log"));
        try {
            running.await();
            return running;
        } catch (IOException | InterruptedException failure) {
            running.close();
            throw failure;
        }
    }

    /**
     * Measures in the warm process of a server. After a failure, the next scenario gets a new
     * process.
     */
    private Map<Figure, Double> warm(Server server, Traffic traffic) throws IOException, InterruptedException {
        RunningServer running = warm.get(server);
        try {
            if (running == null) {
                running = start(server);
                warm.put(server, running);
                warmUp(running, WARMING);
                warmUp(running, traffic.unpaced());
                calm(running);
            }
            Map<Figure, Double> figures = traffic(running, traffic);
            calm(running);
            return figures;
        } catch (IOException | RuntimeException failure) {
            warm.remove(server);
            if (running != null) {
                running.close();
            }
            throw failure;
        }
    }

    @Override
    public void close() {
        warm.values().forEach(RunningServer::close);
    }

    /** Warms a server up at full speed: at 20 messages a second, compilation would take minutes. */
    private void warmUp(RunningServer running, Traffic traffic) throws IOException {
        LoadRun.run(load(traffic, running.ports(), options.warmUp(), Duration.ZERO), progress -> {});
    }

    /**
     * Waits at most 20 s until the server is idle: some servers need seconds to remove their
     * clients.
     */
    private static void calm(RunningServer running) throws InterruptedException {
        Duration used = BREATH;
        for (int i = 0; i < GLANCES && used.compareTo(BREATH) >= 0; i++) {
            Duration before = running.footprint().cpu();
            Thread.sleep(GLANCE.toMillis());
            used = running.footprint().cpu().minus(before);
        }
    }

    private Map<Figure, Double> traffic(RunningServer running, Traffic traffic) throws IOException {
        Probe probe = new Probe(running);
        Duration time = options.time().multipliedBy(traffic.stretch());
        Result result = LoadRun.run(load(traffic, running.ports(), options.settle(), time), probe::watch);
        Footprint begin = probe.begin();
        Footprint end = probe.end();
        double delivered = Math.max(1, result.delivered());
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        figures.put(Figure.DELIVERIES, result.seconds() == 0 ? 0 : result.delivered() / result.seconds());
        figures.put(Figure.CPU, micros(end.cpu().minus(begin.cpu())) / delivered);
        figures.put(Figure.LOAD_CPU, micros(result.cpu()) / delivered);
        figures.put(Figure.P50, millis(result, 50));
        figures.put(Figure.P90, millis(result, 90));
        figures.put(Figure.P99, millis(result, 99));
        figures.put(Figure.P999, millis(result, 99.9));
        figures.put(Figure.MAX, result.latency().getMaxValue() / 1e3);
        figures.put(Figure.LOST, (double) result.lost());
        figures.put(Figure.DOUBLED, (double) result.doubled());
        figures.put(Figure.DISORDERED, (double) result.disordered());
        figures.put(Figure.GONE, (double) traffic.clients() - result.connected() - result.cutOff());
        figures.put(Figure.CUT_OFF, (double) result.cutOff());
        figures.put(Figure.GROWTH, (end.bytes() - begin.bytes()) / 1048576.0);
        return figures;
    }

    private static Load load(Traffic traffic, List<Integer> ports, Duration warmUp, Duration time) {
        String channel = traffic.history() ? "kept:bench" : "bench";
        return new Load(
                ports.stream()
                        .map(port -> URI.create("ws://127.0.0.1:" + port
                                + (traffic.dialect() == Dialect.RAW ? "/raw/" : "/connection/websocket?channel=")
                                + channel))
                        .toList(),
                traffic.dialect(),
                traffic.shape(),
                traffic.clients(),
                traffic.silent(),
                traffic.size(),
                traffic.window(),
                traffic.rate(),
                1,
                warmUp,
                time,
                "");
    }

    private static double micros(Duration time) {
        return time.toNanos() / 1e3;
    }

    private static double millis(Result result, double percentile) {
        return result.latency().getValueAtPercentile(percentile) / 1e3;
    }

    private Map<Figure, Double> idle(Server server, RunningServer running, Idle idle) throws IOException {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        Footprint before = running.footprint();
        try (Crowd crowd = Crowd.of(idle.connections(), running.ports().get(0))) {
            crowd.rest(REST);
            Footprint after = running.footprint();
            double connections = crowd.size();
            figures.put(Figure.RESIDENT, (after.bytes() - before.bytes()) / 1024 / connections);
            figures.put(Figure.CONNECTING, micros(after.cpu().minus(before.cpu())) / connections);
            if (server.isJava()) {
                Heap heap = running.heap(options.jdks().get(0));
                figures.put(Figure.HEAP, heap.all() / 1024 / connections);
                if (server.isRelay()) {
                    figures.put(Figure.OWN, heap.own() / 1024 / connections);
                }
            }
        }
        return figures;
    }

    /** Reads the server's footprint at the begin and at the end of the measured time. */
    private static final class Probe {
        private final RunningServer running;
        private @Nullable Footprint begin;
        private @Nullable Footprint end;

        Probe(RunningServer running) {
            this.running = running;
        }

        void watch(Progress progress) {
            if (progress.phase() == Phase.MEASURING && begin == null) {
                begin = running.footprint();
            } else if (progress.phase() == Phase.DRAINING && end == null) {
                end = running.footprint();
            }
        }

        Footprint begin() {
            if (begin == null) {
                throw new IllegalStateException("nothing was measured");
            }
            return begin;
        }

        /** Returns the footprint at the end; the present one if no message was left to wait for. */
        Footprint end() {
            return end == null ? running.footprint() : end;
        }
    }
}
