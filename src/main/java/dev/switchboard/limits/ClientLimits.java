package dev.switchboard.limits;

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
 * @param grace how long after its time a connection or a subscription that its client renews is still there
 */
public record ClientLimits(
        Duration messageTime,
        int outboxBytes,
        Duration outboxAge,
        Duration writeTimeout,
        Duration pingInterval,
        Duration pongTimeout,
        Duration connectTimeout,
        int channels,
        Duration grace) {

    /** How long after its time something still holds by default, because its renewal may be on the way (protocol section 5.2). */
    private static final Duration GRACE = Duration.ofSeconds(25);

    private static final long LONGEST_TTL = Duration.ofDays(3650).toSeconds();

    private static final int MOST_AT_ONCE = 512 * 1024;

    /** With the grace that ships. */
    public ClientLimits(
            Duration messageTime,
            int outboxBytes,
            Duration outboxAge,
            Duration writeTimeout,
            Duration pingInterval,
            Duration pongTimeout,
            Duration connectTimeout,
            int channels) {
        this(
                messageTime,
                outboxBytes,
                outboxAge,
                writeTimeout,
                pingInterval,
                pongTimeout,
                connectTimeout,
                channels,
                GRACE);
    }

    /** How long something is there that its client renews and that holds for so many seconds. */
    public Duration withGrace(long ttl) {
        return exactly(ttl).plus(grace);
    }

    /** So many seconds, but no longer than a clock of nanoseconds can tell. */
    public static Duration exactly(long ttl) {
        return Duration.ofSeconds(Math.min(ttl, LONGEST_TTL));
    }

    /** The past that a client without positions begins with, or that is read for a slow one, in bytes of its publications. */
    public int historyBytes() {
        return Math.min(MOST_AT_ONCE, outboxBytes / 2);
    }

    /** What one answer may have as a frame, so that there is room beside it in the outbox: escapes may make text six times as long. */
    public int answerBytes() {
        return outboxBytes / 4 * 3;
    }
}
