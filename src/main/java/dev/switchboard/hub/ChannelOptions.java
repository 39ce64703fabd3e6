package dev.switchboard.hub;

import java.time.Duration;

/**
 * What a channel offers.
 *
 * @param retention what its history keeps
 * @param presence whether it knows who is in it
 */
public record ChannelOptions(
        Retention retention, boolean presence, Offer joinLeave, Offer recovery, RecoveryMode recoveryMode) {

    /** Forwarding and no more. */
    public static final ChannelOptions PLAIN =
            new ChannelOptions(Retention.NONE, false, Offer.OFF, Offer.OFF, RecoveryMode.STREAM);

    /** Whether subscribers get a feature. */
    public enum Offer {
        /** Nobody. */
        OFF,
        /** Those who ask for it. */
        ON_REQUEST,
        /** Everybody. */
        FORCED;

        public boolean grants(boolean wished) {
            return this == FORCED || this == ON_REQUEST && wished;
        }
    }

    /** What a client that comes back is given (protocol section 8). */
    public enum RecoveryMode {
        /** All it missed, or the word that not all of it is there. */
        STREAM,
        /** The latest publication, for channels in which only that one matters. */
        CACHE
    }

    /**
     * How much of a channel's past is kept.
     *
     * @param size publications; 0 for a channel without history
     * @param ttl how long each of them is kept
     */
    public record Retention(int size, Duration ttl) {

        public static final Retention NONE = new Retention(0, Duration.ZERO);

        public boolean keeps() {
            return size > 0;
        }
    }
}
