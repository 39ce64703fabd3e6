package dev.switchboard.hub;

import java.time.Duration;

/** What one client may cost: bytes in its outbox, how long the oldest of them may wait, and how long one write may take. */
public record Limits(int outboxBytes, Duration outboxAge, Duration writeTimeout) {

    /** A frame in an outbox costs this much beyond its payload, so that empty frames have a bound as well. */
    public static final int FRAME_OVERHEAD = 64;
}
