package dev.switchboard.model;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a client asks for when it subscribes.
 *
 * @param token the subscription token; empty for none
 * @param wishes the features that the client would like to get
 * @param recover the position after which the client wants to recover; null for no recovery
 * @param replay the part of the history that the client wants to get first; null for none. Used by
 *     protocols whose clients know no positions
 * @param sender the name under which the client publishes in the channel. The subscription gets no
 *     publication of this sender, from any connection. Empty for none
 * @param data the data for the application; null for none
 * @param filter which publications the client wants; null for all
 */
public record SubscribeRequest(
        String channel,
        String token,
        Set<Wish> wishes,
        @Nullable Position recover,
        @Nullable Replay replay,
        Echo echo,
        String sender,
        @Nullable Payload data,
        @Nullable TagsFilter filter) {

    /** Creates a request without sender, data and filter. */
    public SubscribeRequest(
            String channel,
            String token,
            Set<Wish> wishes,
            @Nullable Position recover,
            @Nullable Replay replay,
            Echo echo) {
        this(channel, token, wishes, recover, replay, echo, "", null, null);
    }

    /**
     * Asks for the newest publications of the history.
     *
     * @param after the offset after which the publications begin, unsigned
     * @param limit the largest number of publications
     * @param whole whether the client must learn that the history no longer keeps all of them, or
     *     that the stream has not reached the offset
     */
    public record Replay(long after, int limit, boolean whole) {

        /** Creates a request for those of the publications that the history still keeps. */
        public Replay(long after, int limit) {
            this(after, limit, false);
        }

        /**
         * Returns the request for all publications after the offset that the client has reached.
         */
        public static Replay after(long offset, int limit) {
            return new Replay(offset, limit, true);
        }
    }

    /** Names a feature that the client asks for, and that the channel may refuse. */
    public enum Wish {
        /** The relay gives the client positions, and finds publications that the client missed. */
        POSITIONED,
        /** The client can recover after a lost connection. */
        RECOVERABLE,
        /** The client gets joins and leaves. */
        JOIN_LEAVE,
        /**
         * If the relay cannot recover all publications, the client gets an error and no
         * subscription. Has no effect in a channel that recovers only the latest publication.
         */
        ALL_OR_NOTHING
    }
}
