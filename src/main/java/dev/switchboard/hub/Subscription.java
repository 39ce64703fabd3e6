package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.TokenId;
import dev.switchboard.spi.Encoding;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Subscription receives the events of one channel for one client, without a gap and in their order.
 *
 * <p>The lock of the {@link Channel} guards its state, its position and what it holds back. The
 * other fields are volatile or final.
 */
final class Subscription {

    private enum State {
        /** The answer is not queued yet. The subscription holds events back. */
        CATCHING_UP,
        /** The subscription receives events. */
        LIVE,
        /**
         * The client is slow. The subscription ignores events, and reads them from the history
         * later.
         */
        BEHIND,
        /** The owner reads the history. The subscription holds events back. */
        REWINDING,
        /** The subscription receives nothing any more. */
        ENDED
    }

    private static final long NEVER = Long.MAX_VALUE;

    private final Recipient client;
    private final SubscriptionOwner owner;

    // Copies of the client's, so that a publication of a large channel need not visit each client.
    private final Outbox outbox;
    private final Encoding encoding;

    private final String channel;
    private final ChannelOptions options;
    private final Origin origin;
    private final Selection selection;

    private final boolean wantsJoinLeave;

    /** Null if the channel disconnects slow clients. */
    private final @Nullable Lane lane;

    private State state = State.CATCHING_UP;

    /** The events that are held back; null for none. */
    private @Nullable HeldEvents held;

    /**
     * The position of the last publication that the subscription received; null if it keeps none.
     */
    private @Nullable Position position;

    private volatile boolean wasLive;
    private volatile ClientInfo info;

    /** Completes when presence shows the current {@link #info}, or never will. */
    private volatile CompletableFuture<@Nullable Void> present = new CompletableFuture<>();

    /** Completes when the join is announced; stays open if it never is. */
    private final CompletableFuture<@Nullable Void> announced = new CompletableFuture<>();

    /** The token that allows the subscription; null for none. */
    private volatile @Nullable TokenId token;

    /** The end of the grant, in nanoseconds of {@link Node#nanoTime}. */
    private volatile long expiry = NEVER;

    Subscription(
            Recipient client,
            SubscriptionOwner owner,
            Encoding encoding,
            String channel,
            ClientInfo info,
            ChannelOptions options,
            Origin origin,
            Selection selection,
            @Nullable TokenId token,
            boolean wantsJoinLeave) {
        this.client = client;
        this.owner = owner;
        this.outbox = client.outbox();
        this.encoding = encoding;
        this.channel = channel;
        this.info = info;
        this.options = options;
        this.origin = origin;
        this.selection = selection;
        this.token = token;
        this.wantsJoinLeave = wantsJoinLeave;
        this.lane = options.slow() == SlowPolicy.DISCONNECT ? null : new Lane(options.slow());
    }

    String channel() {
        return channel;
    }

    ClientInfo info() {
        return info;
    }

    ChannelOptions options() {
        return options;
    }

    Origin origin() {
        return origin;
    }

    CompletableFuture<@Nullable Void> present() {
        return present;
    }

    /**
     * Changes the info that other clients see. The caller completes {@code seen} when presence
     * shows it, and does so after the returned future, which completes when presence shows the info
     * before.
     */
    CompletableFuture<@Nullable Void> describe(ClientInfo now, CompletableFuture<@Nullable Void> seen) {
        CompletableFuture<@Nullable Void> before = present;
        info = now;
        present = seen;
        return before;
    }

    CompletableFuture<@Nullable Void> announced() {
        return announced;
    }

    boolean wantsJoinLeave() {
        return wantsJoinLeave;
    }

    String sender() {
        return selection.sender();
    }

    @Nullable
    TokenId token() {
        return token;
    }

    void renewed(@Nullable TokenId by) {
        token = by;
    }

    void expireAt(long nanoTime) {
        expiry = nanoTime;
    }

    void expireNever() {
        expiry = NEVER;
    }

    boolean isExpiring() {
        return expiry != NEVER;
    }

    boolean isExpired(long now) {
        return isExpiring() && now - expiry > 0;
    }

    /** Receives an event of the channel. */
    void receive(Broadcast broadcast, Dispatch dispatch) {
        switch (state) {
            case CATCHING_UP, REWINDING -> hold(broadcast, dispatch);
            case LIVE -> {
                deliver(broadcast, dispatch);
                if (state == State.BEHIND) {
                    owner.rewound();
                }
            }
            case BEHIND, ENDED -> {}
        }
    }

    /** Ends the subscription if its position is not the top of the stream, or later if it is not live. */
    void reached(Position top, Dispatch dispatch) {
        switch (state) {
            case LIVE -> {
                if (position != null && !position.equals(top)) {
                    lose(dispatch);
                }
            }
            case CATCHING_UP, REWINDING -> held().reached(top);
            case BEHIND, ENDED -> {}
        }
    }

    private HeldEvents held() {
        HeldEvents events = held;
        if (events == null) {
            events = new HeldEvents(owner.heldBytes());
            held = events;
        }
        return events;
    }

    private void hold(Broadcast broadcast, Dispatch dispatch) {
        HeldEvents events = held();
        if (events.add(broadcast)) {
            return;
        }
        if (options.slow() == SlowPolicy.REWIND) {
            events.drop();
        } else {
            end();
            dispatch.disconnect(client, Disconnect.INSUFFICIENT_STATE);
        }
    }

    /** Receives the events that were held back. If they were dropped, falls behind. */
    private void receiveHeld(Dispatch dispatch) {
        HeldEvents before = held;
        held = null;
        if (before == null) {
            return;
        }
        if (before.isDropped()) {
            fallBehind(dispatch);
        } else {
            before.events().forEach(broadcast -> receive(broadcast, dispatch));
            if (state == State.LIVE && before.showGapAfter(position)) {
                lose(dispatch);
            }
        }
    }

    private void deliver(Broadcast broadcast, Dispatch dispatch) {
        Publication publication = broadcast.publication();
        Position before = position;
        if (publication != null && before != null && publication.position() != null) {
            Position next = publication.position();
            if (next.epoch().equals(before.epoch()) && !before.isBefore(next)) {
                return; // the answer had it
            }
            if (!before.isFollowedBy(next)) {
                lose(dispatch);
                return;
            }
            position = next;
        }
        if (publication == null ? wantsJoinLeave : selection.includes(publication)) {
            Frame frame = broadcast.in(encoding);
            if (frame == null) {
                if (publication != null) {
                    dispatch.disconnect(client, Disconnect.INAPPROPRIATE_PROTOCOL);
                }
            } else if (publication == null) {
                Outbox.Offer offer = lane == null ? outbox.offer(frame) : outbox.offerHint(frame, lane);
                dispatch.offered(client, outbox, frame, offer);
            } else if (lane == null) {
                dispatch.delivered(client, outbox, frame, outbox.offer(frame));
            } else {
                offer(frame, lane, before, dispatch);
            }
        }
    }

    private void offer(Frame frame, Lane own, @Nullable Position before, Dispatch dispatch) {
        Outbox.Offer offer = outbox.offer(frame, own);
        if (offer == Outbox.Offer.BEHIND) {
            position = before;
            fallBehind(dispatch);
        } else {
            dispatch.delivered(client, outbox, frame, offer);
        }
    }

    private void fallBehind(Dispatch dispatch) {
        state = State.BEHIND;
        held = null;
        dispatch.then(() -> owner.fellBehind(this));
    }

    /** Ends the subscription because of a gap that the history cannot fill. */
    void lose(Dispatch dispatch) {
        if (state != State.ENDED) {
            end();
            dispatch.then(() -> owner.lost(this));
        }
    }

    /** Ends the client after an error of the relay. */
    void fail(Throwable failure, Dispatch dispatch) {
        dispatch.fail(client, failure);
    }

    /** Returns the selection of the publications that the client gets. */
    Selection selection() {
        return selection;
    }

    /**
     * Queues the answer, then the events that were held back and are not in the answer, and becomes
     * live. Returns false if the subscription has ended.
     */
    boolean goLive(List<Frame> answer, @Nullable Position reached, Dispatch dispatch) {
        if (state != State.CATCHING_UP) {
            return false;
        }
        answer.forEach(frame -> dispatch.offer(client, frame));
        position = reached;
        state = State.LIVE;
        wasLive = true;
        receiveHeld(dispatch);
        return true;
    }

    /**
     * Starts to hold events back, and returns the position after which the history is to be read.
     * Returns null if the subscription has ended.
     */
    @Nullable
    Position rewind() {
        if (state != State.BEHIND) {
            return null;
        }
        state = State.REWINDING;
        return position;
    }

    /**
     * Receives the publications that the owner has read since {@link #rewind}, as far as there is
     * room. If they reach the top of the stream, becomes live; else falls behind again.
     *
     * @param missed oldest first
     * @param top the top of the stream when it was read
     */
    void resume(List<Broadcast> missed, Position top, Dispatch dispatch) {
        if (state != State.REWINDING) {
            return;
        }
        state = State.LIVE;
        for (Broadcast broadcast : missed) {
            if (state == State.LIVE) {
                deliver(broadcast, dispatch);
            }
        }
        if (state != State.LIVE) {
            return;
        }
        if (top.equals(position)) {
            receiveHeld(dispatch);
        } else if (missed.isEmpty()) {
            lose(dispatch);
        } else {
            fallBehind(dispatch);
        }
    }

    /** Ends the subscription: it receives nothing any more. */
    void end() {
        state = State.ENDED;
        held = null;
    }

    /** Returns true if other clients may know of the subscription. */
    boolean wasLive() {
        return wasLive;
    }
}
