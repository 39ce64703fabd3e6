package dev.switchboard.load;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs a load in its phases, all of them on the thread of the caller. */
public final class LoadRun {

    // nanoseconds without a delivery
    private static final long WARM_UP_PATIENCE = TimeUnit.SECONDS.toNanos(1);
    private static final long DRAIN_PATIENCE = TimeUnit.SECONDS.toNanos(2);

    private static final long LONGEST_DRAIN = TimeUnit.SECONDS.toNanos(30);
    private static final long BETWEEN_PROGRESS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Load load;
    private final Connections connections;
    private final Measurement measurement;
    private final Consumer<Progress> watcher;
    private final Flow flow;
    private Phase phase = Phase.CONNECTING;
    private long shown;

    private LoadRun(Load load, Connections connections, Measurement measurement, Consumer<Progress> watcher) {
        this.load = load;
        this.connections = connections;
        this.measurement = measurement;
        this.watcher = watcher;
        flow = switch (load.shape()) {
            case FAN_OUT -> new FanOutFlow(load, connections, measurement);
            case PAIRS -> new PairFlow(load, connections, measurement);
        };
        shown = connections.now() - BETWEEN_PROGRESS;
    }

    /**
     * Connects, sends, measures and disconnects. {@code watcher} is called on this thread, about
     * ten times a second.
     *
     * @throws ConnectException if not all clients are let in, with the answer of the server
     * @throws IOException if a sender or all clients are disconnected later, or the server refuses
     *     to publish
     */
    public static Result run(Load load, Consumer<Progress> watcher) throws IOException {
        Measurement measurement = new Measurement(load);
        try (Connections connections = new Connections(load, measurement)) {
            return new LoadRun(load, connections, measurement, watcher).run();
        }
    }

    private Result run() throws IOException {
        connections.connect(flow, this::watch);
        if (!load.warmUp().isZero()) {
            send(Phase.WARMING, load.warmUp());
        }
        return measure();
    }

    private Result measure() throws IOException {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long cpu = threads.getCurrentThreadCpuTime();
        send(Phase.MEASURING, load.time());
        Duration used = Duration.ofNanos(threads.getCurrentThreadCpuTime() - cpu);
        long read = measurement.bytes();
        connections.readSilent();
        return measurement.result(connections.connected(), read, used, connections.cutOff());
    }

    private void send(Phase sending, Duration time) throws IOException {
        phase = sending;
        connections.turn(0); // the time of the last read is old
        long begin = connections.now();
        measurement.begin(begin);
        if (!time.isZero()) {
            flow.begin();
            try {
                send(begin, time.toNanos());
            } finally {
                flow.end();
            }
        }
        drain();
        flow.giveUp();
    }

    private void send(long begin, long length) throws IOException {
        long lastDelivery = begin;
        long known = 0;
        for (long passed = 0; passed < length; passed = connections.now() - begin) {
            connections.turn(Math.min(flow.sendDue(), length - passed));
            long now = connections.now();
            watch((now - begin) / (double) length);
            if (measurement.delivered() > known || measurement.isComplete()) {
                lastDelivery = now;
            } else if (phase == Phase.WARMING && now - lastDelivery > WARM_UP_PATIENCE) {
                flow.giveUp();
                lastDelivery = now;
            }
            known = measurement.delivered();
        }
    }

    /** Waits until all messages have arrived, or until it is clear that the rest is lost. */
    private void drain() throws IOException {
        boolean shows = phase == Phase.MEASURING;
        phase = Phase.DRAINING;
        long begin = connections.now();
        long lastDelivery = begin;
        long known = measurement.delivered();
        while (known < measurement.expected()
                && connections.now() - lastDelivery < DRAIN_PATIENCE
                && connections.now() - begin < LONGEST_DRAIN) {
            connections.turn();
            if (shows) {
                watch((double) measurement.delivered() / measurement.expected());
            }
            if (measurement.delivered() > known) {
                known = measurement.delivered();
                lastDelivery = connections.now();
            }
        }
    }

    private void watch(double done) {
        long now = connections.now();
        if (now - shown >= BETWEEN_PROGRESS || done >= 1) {
            shown = now;
            watcher.accept(new Progress(phase, Math.min(1, done), measurement.delivered()));
        }
    }
}
