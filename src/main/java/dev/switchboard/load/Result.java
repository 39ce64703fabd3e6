package dev.switchboard.load;

import java.time.Duration;
import org.HdrHistogram.Histogram;

/**
 * What a run has measured; all but the first and the last are of the measured phase alone.
 *
 * @param connected clients that were connected to the end, senders not among them
 * @param sent messages
 * @param delivered messages that arrived, counted at each receiver, once each
 * @param lost messages that did not, counted in the same way
 * @param doubled messages that came again
 * @param disordered messages that came after a later one of the same sender
 * @param seconds from the begin to the last delivery
 * @param bytes that were read, with frames and all
 * @param latency in microseconds, from when a message was sent, or from when it was due if messages are paced, to just before it was read
 * @param cpu of the thread that ran the load
 * @param cutOff silent clients that the server had closed when the run was over
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
