package dev.switchboard.model;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/**
 * What a channel offers.
 *
 * @param retention what its history keeps
 * @param presence whether it knows who is in it
 * @param questions what the application is asked about it
 * @param positioning who gets a position, by which a hole is found, also without recovery; only
 *     with a history
 */
public record ChannelOptions(
        Retention retention,
        boolean presence,
        Offer joinLeave,
        Offer recovery,
        RecoveryMode recoveryMode,
        SlowPolicy slow,
        Set<Question> questions,
        Offer positioning) {

    /** Of a channel that offers a position to each subscriber that asks. */
    public ChannelOptions(
            Retention retention,
            boolean presence,
            Offer joinLeave,
            Offer recovery,
            RecoveryMode recoveryMode,
            SlowPolicy slow,
            Set<Question> questions) {
        this(retention, presence, joinLeave, recovery, recoveryMode, slow, questions, Offer.ON_REQUEST);
    }

    /** Forwarding and no more. */
    public static final ChannelOptions PLAIN =
            new ChannelOptions(Retention.NONE, false, Offer.OFF, Offer.OFF, RecoveryMode.STREAM);

    /** Of a channel that cuts slow clients off. */
    public ChannelOptions(
            Retention retention, boolean presence, Offer joinLeave, Offer recovery, RecoveryMode recoveryMode) {
        this(retention, presence, joinLeave, recovery, recoveryMode, SlowPolicy.DISCONNECT);
    }

    /** Of a channel about which nobody is asked. */
    public ChannelOptions(
            Retention retention,
            boolean presence,
            Offer joinLeave,
            Offer recovery,
            RecoveryMode recoveryMode,
            SlowPolicy slow) {
        this(retention, presence, joinLeave, recovery, recoveryMode, slow, Set.of());
    }

    /** The same, but for what becomes of slow clients. */
    public ChannelOptions with(SlowPolicy policy) {
        return new ChannelOptions(
                retention, presence, joinLeave, recovery, recoveryMode, policy, questions, positioning);
    }

    /** The same, but for what the application is asked. */
    public ChannelOptions asking(Set<Question> asked) {
        return new ChannelOptions(retention, presence, joinLeave, recovery, recoveryMode, slow, asked, positioning);
    }

    /**
     * What the application behind the relay may be asked about a channel, after its rule has
     * allowed it.
     */
    public enum Question {
        /** Whether somebody may be in it. */
        SUBSCRIBE,
        /** Whether something may be published, and what. */
        PUBLISH
    }

    /**
     * Whether a subscriber may go by its position: where something in between is dropped, only the
     * latest can be recovered.
     */
    public boolean keepsPositions() {
        return retention.keeps() && (slow.delivers() || recoveryMode == RecoveryMode.CACHE);
    }

    /** Whether subscribers get a feature. */
    public enum Offer {
        /** No subscribers. */
        OFF,
        /** Subscribers that ask for it. */
        ON_REQUEST,
        /** All subscribers. */
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

    /** What becomes of a client that reads more slowly than the channel speaks. */
    public enum SlowPolicy {
        /** It is cut off. */
        DISCONNECT,
        /** It is spared the oldest of what waits for it. */
        DROP_OLDEST,
        /** It is spared all but the latest. */
        LATEST,
        /** It is given the rest from the history, as fast as it reads; needs one. */
        REWIND;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** The rule's word for it, under which it is counted. */
        public String label() {
            return label;
        }

        /** Nothing is left out. */
        public boolean delivers() {
            return this == DISCONNECT || this == REWIND;
        }
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
