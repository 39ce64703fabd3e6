package dev.switchboard.limits;

import java.time.Duration;

/**
 * Limits the memory and the time that one client may take.
 *
 * @param messageTime the longest time in which a message arrives
 * @param outboxBytes the largest size of the outbox in bytes
 * @param outboxAge the longest time that a frame waits in the outbox
 * @param writeTimeout the longest time of one write
 * @param pingInterval the time between two pings, or the time of silence before a ping
 * @param pongTimeout the time after a ping in which the client must answer
 * @param connectTimeout the time in which the client must send its connect command, if its protocol
 *     has one
 * @param channels the largest number of channels of the client
 * @param grace the time after the expiry of a connection or a subscription in which the client can
 *     still refresh it
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

    /** The default grace: a refresh can still be on its way (protocol section 5.2). */
    private static final Duration GRACE = Duration.ofSeconds(25);

    /** In seconds; a clock of nanoseconds overflows after 292 years. */
    private static final long LONGEST_TTL = Duration.ofDays(3650).toSeconds();

    /** In bytes. */
    private static final int MAX_HISTORY_BYTES = 512 * 1024;

    /** Creates limits with the default grace of 25 s. */
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

    /** Returns the time of {@code ttl} seconds with the grace, in which a client can refresh. */
    public Duration withGrace(long ttl) {
        return exactly(ttl).plus(grace);
    }

    /** Returns {@code ttl} seconds as a duration, cut to ten years. */
    public static Duration exactly(long ttl) {
        return Duration.ofSeconds(Math.min(ttl, LONGEST_TTL));
    }

    /**
     * Returns the largest size in bytes of the publications that the relay reads from the history
     * at once: for a client without positions, or for a slow client.
     */
    public int historyBytes() {
        return Math.min(MAX_HISTORY_BYTES, outboxBytes / 2);
    }

    /**
     * Returns the largest size of the frame of an answer in bytes. It leaves room for other frames
     * in the outbox. Escapes can make the text of a payload six times as long.
     */
    public int answerBytes() {
        return outboxBytes / 4 * 3;
    }
}
