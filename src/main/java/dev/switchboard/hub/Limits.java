package dev.switchboard.hub;

import java.time.Duration;

/**
 * What one client may cost, and how long it may be silent.
 *
 * @param outboxBytes what may wait for it
 * @param outboxAge how long the oldest of that may wait
 * @param writeTimeout how long one write may take
 * @param pingInterval after how long a silent client is asked for a sign of life
 * @param pongTimeout how long it then has for its answer
 */
public record Limits(
        int outboxBytes, Duration outboxAge, Duration writeTimeout, Duration pingInterval, Duration pongTimeout) {

    /** A frame in an outbox costs this much beyond its payload, so that empty frames have a bound as well. */
    public static final int FRAME_OVERHEAD = 64;
}
