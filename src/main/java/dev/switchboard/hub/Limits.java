package dev.switchboard.hub;

import java.time.Duration;

/**
 * What one client may cost, and how long it may be silent.
 *
 * @param messageTime how long a message may take to arrive
 * @param outboxBytes what may wait for it
 * @param outboxAge how long the oldest of that may wait
 * @param writeTimeout how long one write may take
 * @param pingInterval how often it is asked for a sign of life, or after how long a silence
 * @param pongTimeout how long it then has for its answer
 * @param connectTimeout within what time it must have said who it is, where its protocol has a word for that
 * @param channels how many it may be in
 */
public record Limits(
        Duration messageTime,
        int outboxBytes,
        Duration outboxAge,
        Duration writeTimeout,
        Duration pingInterval,
        Duration pongTimeout,
        Duration connectTimeout,
        int channels) {

    /** A frame in an outbox costs this much beyond its payload, so that empty frames have a bound as well. */
    public static final int FRAME_OVERHEAD = 64;

    private static final int MOST_AT_ONCE = 512 * 1024;

    /** The past that a client may be given at once, in bytes of its publications. */
    int historyBytes() {
        return Math.min(MOST_AT_ONCE, outboxBytes / 2);
    }

    /** What one answer may have as a frame, so that there is room beside it in the outbox: escapes may make text six times as long. */
    int answerBytes() {
        return outboxBytes / 4 * 3;
    }
}
