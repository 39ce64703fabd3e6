package dev.switchboard.load;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * Holds the figures of a run. All but {@code connected} and {@code cutOff} are of the measured
 * phase.
 *
 * @param connected the clients, without senders, that were connected to the end
 * @param sent the messages that were sent
 * @param delivered the messages that arrived, counted once at each receiver
 * @param lost the messages that did not arrive, counted at each receiver
 * @param doubled the messages that arrived again
 * @param disordered the messages that arrived after a later one of the same sender
 * @param seconds the time from the begin to the last delivery
 * @param bytes the bytes that were read, with their frames
 * @param latency microseconds from the sending of a message to its arrival; with a rate, from the
 *     time at which the message was due
 * @param cpu the CPU time of the thread of the run
 * @param cutOff the silent clients that the server disconnected
 */
public record Result(
        int connected,
        long sent,
        long delivered,
        long lost,
        long doubled,
        long disordered,
        double seconds,
        long bytes,
        Histogram latency,
        Duration cpu,
        int cutOff) {}
