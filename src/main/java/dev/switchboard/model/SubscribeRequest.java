package dev.switchboard.model;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for when it subscribes.
 *
 * @param token a subscription token, empty for none
 * @param recover where it was before, null if it does not want to catch up
 * @param replay the past to begin with, null for none; for protocols whose clients know no positions
 * @param sender as whom it publishes there; it hears nothing from this sender, whatever connection that used. Empty for none
 * @param data what the application behind the relay is to know, null for nothing
 */
public record SubscribeRequest(
        String channel,
        String token,
        Set<Wish> wishes,
        @Nullable Position recover,
        @Nullable Replay replay,
        Echo echo,
        String sender,
        @Nullable Payload data) {

    /** Without sender and data. */
    public SubscribeRequest(
            String channel,
            String token,
            Set<Wish> wishes,
            @Nullable Position recover,
            @Nullable Replay replay,
            Echo echo) {
        this(channel, token, wishes, recover, replay, echo, "", null);
    }

    /**
     * The newest publications of the past.
     *
     * @param after only those with a higher offset, unsigned
     * @param limit no more than these
     * @param whole whether the client must learn that some of them are not kept, or that the stream has
     *     not reached the offset
     */
    public record Replay(long after, int limit, boolean whole) {

        /** Asks for publications as far as they are kept. */
        public Replay(long after, int limit) {
            this(after, limit, false);
        }

        /** Asks for all publications after an offset that the client has reached. */
        public static Replay after(long offset, int limit) {
            return new Replay(offset, limit, true);
        }
    }

    /** What the client would like and need not get. */
    public enum Wish {
        /** That holes are found. */
        POSITIONED,
        /** That it may catch up after a lost connection. */
        RECOVERABLE,
        /** To hear who comes and goes. */
        JOIN_LEAVE,
        /** An error instead of a subscription that could not catch up; means nothing where only the latest publication matters. */
        ALL_OR_NOTHING
    }
}
