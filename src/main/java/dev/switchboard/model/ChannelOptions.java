package dev.switchboard.model;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says what a channel offers.
 *
 * @param retention which publications the history keeps
 * @param presence whether the channel keeps the presence of its clients
 * @param joinLeave whether subscribers get joins and leaves
 * @param recovery whether subscribers can recover
 * @param recoveryMode what a client gets when it recovers
 * @param slow what the relay does with a slow client
 * @param questions what the relay asks the application
 * @param positioning whether subscribers get a position, with which the relay finds publications
 *     that they missed. Has no effect without a history
 * @param filter which publications subscribers get, whatever they ask for; null for all
 */
public record ChannelOptions(
        Retention retention,
        boolean presence,
        Offer joinLeave,
        Offer recovery,
        RecoveryMode recoveryMode,
        SlowPolicy slow,
        Set<Question> questions,
        Offer positioning,
        @Nullable TagsFilter filter) {

    /** Offers only that publications are forwarded. A slow client is disconnected. */
    public static final ChannelOptions PLAIN = new ChannelOptions(
            Retention.NONE,
            false,
            Offer.OFF,
            Offer.OFF,
            RecoveryMode.STREAM,
            SlowPolicy.DISCONNECT,
            Set.of(),
            Offer.ON_REQUEST,
            null);

    /** Returns the options with another {@link #retention}. */
    public ChannelOptions with(Retention history) {
        return new ChannelOptions(
                history, presence, joinLeave, recovery, recoveryMode, slow, questions, positioning, filter);
    }

    /** Returns the options with another {@link #presence}. */
    public ChannelOptions withPresence(boolean kept) {
        return new ChannelOptions(
                retention, kept, joinLeave, recovery, recoveryMode, slow, questions, positioning, filter);
    }

    /** Returns the options with another {@link #joinLeave}. */
    public ChannelOptions withJoinLeave(Offer offer) {
        return new ChannelOptions(
                retention, presence, offer, recovery, recoveryMode, slow, questions, positioning, filter);
    }

    /** Returns the options with another {@link #recovery}. */
    public ChannelOptions withRecovery(Offer offer) {
        return new ChannelOptions(
                retention, presence, joinLeave, offer, recoveryMode, slow, questions, positioning, filter);
    }

    /** Returns the options with another {@link #recoveryMode}. */
    public ChannelOptions with(RecoveryMode mode) {
        return new ChannelOptions(retention, presence, joinLeave, recovery, mode, slow, questions, positioning, filter);
    }

    /** Returns the options with another {@link #slow}. */
    public ChannelOptions with(SlowPolicy policy) {
        return new ChannelOptions(
                retention, presence, joinLeave, recovery, recoveryMode, policy, questions, positioning, filter);
    }

    /** Returns the options with other {@link #questions}. */
    public ChannelOptions asking(Set<Question> asked) {
        return new ChannelOptions(
                retention, presence, joinLeave, recovery, recoveryMode, slow, asked, positioning, filter);
    }

    /** Returns the options with another {@link #positioning}. */
    public ChannelOptions withPositioning(Offer offer) {
        return new ChannelOptions(
                retention, presence, joinLeave, recovery, recoveryMode, slow, questions, offer, filter);
    }

    /** Returns the options with another {@link #filter}; null for none. */
    public ChannelOptions with(@Nullable TagsFilter enforced) {
        return new ChannelOptions(
                retention, presence, joinLeave, recovery, recoveryMode, slow, questions, positioning, enforced);
    }

    /**
     * Names what the relay asks the application about a channel, after the channel rule has allowed
     * it.
     */
    public enum Question {
        /** Asks whether a client may subscribe. */
        SUBSCRIBE,
        /** Asks whether a client may publish, and what the relay then publishes. */
        PUBLISH
    }

    /**
     * Returns whether subscribers can have positions. That needs a history. It also needs a slow
     * policy that drops nothing, or a recovery that gives only the latest publication.
     */
    public boolean keepsPositions() {
        return retention.keeps() && (slow.delivers() || recoveryMode == RecoveryMode.CACHE);
    }

    /** Says which subscribers get a feature. */
    public enum Offer {
        /** No subscriber gets it. */
        OFF,
        /** Subscribers that ask for it get it. */
        ON_REQUEST,
        /** All subscribers get it. */
        FORCED;

        /**
         * Returns whether a subscriber gets the feature; {@code asked} says whether it asks for it.
         */
        public boolean grants(boolean asked) {
            return this == FORCED || this == ON_REQUEST && asked;
        }
    }

    /** Says what a client gets when it recovers (protocol section 8). */
    public enum RecoveryMode {
        /** Gives all publications that the client missed, or says that some are no longer kept. */
        STREAM,
        /** Gives the latest publication, for channels in which only that one matters. */
        CACHE
    }

    /** Says what the relay does with a client that reads more slowly than publications come. */
    public enum SlowPolicy {
        /** Disconnects the client. */
        DISCONNECT,
        /** Drops the oldest publications that wait for the client. */
        DROP_OLDEST,
        /** Drops all publications that wait for the client, except the latest one. */
        LATEST,
        /** Reads publications from the history as fast as the client reads; needs a history. */
        REWIND;

        private final String label = name().toLowerCase(Locale.ROOT);

        /** Returns the word for the policy in channel rules and metrics. */
        public String label() {
            return label;
        }

        /** Returns whether the client gets every publication as long as it is connected. */
        public boolean delivers() {
            return this == DISCONNECT || this == REWIND;
        }
    }

    /**
     * Says which publications a history keeps.
     *
     * @param size the largest number of publications; 0 for no history
     * @param ttl how long the history keeps each publication
     */
    public record Retention(int size, Duration ttl) {

        /** Keeps no history. */
        public static final Retention NONE = new Retention(0, Duration.ZERO);

        /** Returns whether there is a history. */
        public boolean keeps() {
            return size > 0;
        }
    }
}
