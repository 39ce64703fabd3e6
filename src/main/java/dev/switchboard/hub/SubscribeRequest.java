package dev.switchboard.hub;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for when it subscribes.
 *
 * @param token a subscription token, empty for none
 * @param recover where it was before, null if it does not want to catch up
 * @param replay the past to begin with, null for none; for protocols whose clients know no positions
 * @param sender as whom it publishes there; it hears nothing from this sender, whatever connection that used. Empty for none
 */
public record SubscribeRequest(
        String channel,
        String token,
        Set<Wish> wishes,
        @Nullable Position recover,
        @Nullable Replay replay,
        Echo echo,
        String sender) {

    /** Without a sender. */
    public SubscribeRequest(
            String channel,
            String token,
            Set<Wish> wishes,
            @Nullable Position recover,
            @Nullable Replay replay,
            Echo echo) {
        this(channel, token, wishes, recover, replay, echo, "");
    }

    /**
     * The newest publications of the past.
     *
     * @param after only those with a higher offset, unsigned
     * @param limit no more than these
     */
    public record Replay(long after, int limit) {}

    /** What the client would like and need not get. */
    public enum Wish {
        /** That holes are found. */
        POSITIONED,
        /** That it may catch up after a lost connection. */
        RECOVERABLE,
        /** To hear who comes and goes. */
        JOIN_LEAVE,
        /** An error instead of a subscription that could not catch up. */
        ALL_OR_NOTHING
    }
}
