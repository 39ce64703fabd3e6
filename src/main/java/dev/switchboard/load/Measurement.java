package dev.switchboard.load;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Counts the messages of one phase after the other and measures their latency. For the thread of
 * the run.
 */
final class Measurement {

    /** Microseconds; a longer latency counts as this one. */
    private static final long LONGEST_LATENCY = TimeUnit.HOURS.toMicros(1);

    private static final int LATENCY_DIGITS = 3;

    private final Arrivals arrivals;
    private final Histogram latency = new Histogram(LONGEST_LATENCY, LATENCY_DIGITS);
    private long begin;
    private long lastDelivery;
    private long expected;
    private long delivered;
    private long sent;
    private long bytes;

    Measurement(Load load) {
        arrivals = new Arrivals(load.shape() == Shape.PAIRS ? load.clients() : load.clients() * load.senders());
    }

    /** Begins a phase: all counts are 0, and no latency is known. */
    void begin(long now) {
        begin = now;
        lastDelivery = now;
        expected = 0;
        delivered = 0;
        sent = 0;
        bytes = 0;
        latency.reset();
        arrivals.resetCounts();
    }

    /** Counts a message that is sent to so many receivers. */
    void send(int receivers) {
        sent++;
        expected += receivers;
    }

    /** Counts bytes that were read. */
    void read(int count) {
        bytes += count;
    }

    /** Marks a message as arrived; see {@link Arrivals#add}. */
    boolean add(int pair, int sequence) {
        return arrivals.add(pair, sequence);
    }

    /** Counts the delivery of a message of this phase; {@code nanos} is when it was sent. */
    void deliver(long nanos, long now) {
        delivered++;
        lastDelivery = now;
        latency.recordValue(Math.min(LONGEST_LATENCY, Math.max(0, now - nanos) / 1000));
    }

    boolean isComplete() {
        return delivered == expected;
    }

    long expected() {
        return expected;
    }

    long delivered() {
        return delivered;
    }

    long bytes() {
        return bytes;
    }

    /** Returns the figures of this phase, with the ones that the caller knows. */
    Result result(int connected, long read, Duration cpu, int cutOff) {
        return new Result(
                connected,
                sent,
                delivered,
                Math.max(0, expected - delivered),
                arrivals.doubled(),
                arrivals.disordered(),
                (lastDelivery - begin) / (double) TimeUnit.SECONDS.toNanos(1),
                read,
                latency,
                cpu,
                cutOff);
    }
}
