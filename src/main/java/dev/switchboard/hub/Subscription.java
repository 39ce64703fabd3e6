package dev.switchboard.hub;

import dev.switchboard.hub.Outbox.Lane;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.TokenId;
import dev.switchboard.spi.Encoding;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One client in one channel: where it stands, catching up or live.
 *
 * <p>Everything that changes is guarded by the channel's lock, but for the expiry.
 */
final class Subscription {

    /** The side that made the subscription, and is told when it cannot go on. */
    enum Origin {
        /** The client asked for it and can ask again. */
        CLIENT,
        /** The server made it, when the client connected or later. */
        SERVER
    }

    private enum State {
        /** Its answer is not queued yet; what happens meanwhile is held back. */
        CATCHING_UP,
        /** It hears what happens. */
        LIVE,
        /** It hears nothing, because its client is slow: what happens meanwhile is read from the history later. */
        BEHIND,
        /** The history is being read; what happens meanwhile is held back. */
        REWINDING,
        /** It hears nothing any more. */
        ENDED
    }

    private static final int MAX_HELD = 1000;

    private static final long NEVER = Long.MAX_VALUE;

    private final Client client;

    // of the client, which need not be visited for each publication of a large channel
    private final Outbox outbox;
    private final Encoding encoding;
    private final int idHash;

    private final String channel;
    private final ChannelOptions options;
    private final Origin origin;
    private final Echo echo;
    private final String sender;
    private final boolean hearsJoinLeave;

    /** Null where slow clients are cut off. */
    private final @Nullable Lane lane;

    private State state = State.CATCHING_UP;
    private @Nullable List<Broadcast> held;
    private int heldBytes;
    private boolean heldTooMuch;
    private @Nullable Position position;
    private volatile boolean known;
    private volatile ClientInfo info;

    /** Completes when others can see it there as it is now, or when that is not to be. */
    private volatile CompletableFuture<@Nullable Void> present = new CompletableFuture<>();

    /** Completes when others were told of it; never for one that they are not told of. */
    private final CompletableFuture<@Nullable Void> announced = new CompletableFuture<>();

    /** By which it is here. */
    private volatile @Nullable TokenId token;

    /** Nanoseconds of the node's clock. */
    private volatile long expiry = NEVER;

    Subscription(
            Client client,
            String channel,
            ClientInfo info,
            ChannelOptions options,
            Origin origin,
            Echo echo,
            String sender,
            @Nullable TokenId token,
            boolean hearsJoinLeave) {
        this.client = client;
        this.outbox = client.outbox();
        this.encoding = client.encoding();
        this.idHash = client.id().hashCode();
        this.channel = channel;
        this.info = info;
        this.options = options;
        this.origin = origin;
        this.echo = echo;
        this.sender = sender;
        this.token = token;
        this.hearsJoinLeave = hearsJoinLeave;
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

    Client client() {
        return client;
    }

    CompletableFuture<@Nullable Void> present() {
        return present;
    }

    /** Others are to see it with this info from now on; {@code seen} completes when they can. Returns what completes before. */
    CompletableFuture<@Nullable Void> describe(ClientInfo now, CompletableFuture<@Nullable Void> seen) {
        CompletableFuture<@Nullable Void> before = present;
        info = now;
        present = seen;
        return before;
    }

    CompletableFuture<@Nullable Void> announced() {
        return announced;
    }

    /** Whether it is told who comes and goes. */
    boolean hearsJoinLeave() {
        return hearsJoinLeave;
    }

    /** As whom the client publishes here, empty for none. */
    String sender() {
        return sender;
    }

    /** By which it is here, null for none. */
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

    /** Something happened in the channel. */
    void hear(Broadcast broadcast, Dispatch dispatch) {
        switch (state) {
            case CATCHING_UP, REWINDING -> hold(broadcast, dispatch);
            case LIVE -> {
                deliver(broadcast, dispatch);
                if (state == State.BEHIND) {
                    client.fellBehind();
                }
            }
            case BEHIND, ENDED -> {}
        }
    }

    private void hold(Broadcast broadcast, Dispatch dispatch) {
        if (heldTooMuch) {
            return;
        }
        if (held == null) {
            held = new ArrayList<>();
            heldBytes = 0;
        }
        heldBytes += broadcast.size();
        held.add(broadcast);
        if (held.size() <= MAX_HELD && heldBytes <= client.heldBytes()) {
            return;
        }
        if (options.slow() == SlowPolicy.REWIND) {
            heldTooMuch = true;
            held = null;
        } else {
            end();
            dispatch.end(client, Disconnect.INSUFFICIENT_STATE);
        }
    }

    /** Hears what was held back, or reads it if that was too much. */
    private void hearHeld(Dispatch dispatch) {
        List<Broadcast> waiting = held;
        held = null;
        if (heldTooMuch) {
            fallBehind(dispatch);
        } else if (waiting != null) {
            waiting.forEach(broadcast -> hear(broadcast, dispatch));
        }
    }

    private void deliver(Broadcast broadcast, Dispatch dispatch) {
        Publication publication = broadcast.publication();
        Position before = position;
        if (publication != null && before != null && publication.position() != null) {
            Position next = publication.position();
            if (next.epoch().equals(before.epoch()) && !before.isBefore(next)) {
                return; // it was in the answer
            }
            if (!before.isFollowedBy(next)) {
                lose(dispatch);
                return;
            }
            position = next;
        }
        if (publication == null ? hearsJoinLeave : wants(publication)) {
            Frame frame = broadcast.in(encoding);
            if (frame == null) {
                if (publication != null) {
                    dispatch.end(client, Disconnect.INAPPROPRIATE_PROTOCOL);
                }
            } else if (lane == null) {
                dispatch.offered(client, outbox, frame, outbox.offer(frame));
            } else if (publication == null) {
                dispatch.offered(client, outbox, frame, outbox.offerHint(frame, lane));
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
            dispatch.offered(client, outbox, frame, offer);
        }
    }

    private void fallBehind(Dispatch dispatch) {
        state = State.BEHIND;
        held = null;
        heldTooMuch = false;
        dispatch.rewind(this);
    }

    /** It missed something that nobody can give it. */
    void lose(Dispatch dispatch) {
        if (state != State.ENDED) {
            end();
            dispatch.lost(this);
        }
    }

    /** Unless it is its own. */
    boolean wants(Publication publication) {
        if (!sender.isEmpty() && sender.equals(publication.sender())) {
            return false;
        }
        if (echo == Echo.ON || publication.publisher() == null) {
            return true;
        }
        String publisher = publication.publisher().client();
        return publisher.hashCode() != idHash || !publisher.equals(client.id());
    }

    /** Queues the answer, then what was held back and is not in it; from now on it hears what happens. False if it has ended. */
    boolean goLive(List<Frame> answer, @Nullable Position reached, Dispatch dispatch) {
        if (state != State.CATCHING_UP) {
            return false;
        }
        answer.forEach(frame -> dispatch.offer(client, frame));
        position = reached;
        state = State.LIVE;
        known = true;
        hearHeld(dispatch);
        return true;
    }

    /** Holds back what happens from now on, and says from where on the history is to be read; null if it has ended. */
    @Nullable
    Position rewind() {
        if (state != State.BEHIND) {
            return null;
        }
        state = State.REWINDING;
        return position;
    }

    /**
     * Goes on with what was read since {@link #rewind}, as far as there is room; if that is all of it, it hears what happens again.
     *
     * @param missed oldest first
     * @param top where the stream stood when it was read
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
            hearHeld(dispatch);
        } else if (missed.isEmpty()) {
            lose(dispatch);
        } else {
            fallBehind(dispatch);
        }
    }

    /** It hears nothing any more. */
    void end() {
        state = State.ENDED;
        held = null;
    }

    /** It has ended, and others knew of it. */
    boolean wasKnown() {
        return known;
    }
}
