package dev.switchboard.hub;

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

    /** Who made it, and so who is told when it cannot go on. */
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
        /** It hears nothing any more. */
        ENDED
    }

    private static final int MAX_HELD = 1000;

    private static final long NEVER = Long.MAX_VALUE;

    private final Client client;
    private final String channel;
    private final ClientInfo info;
    private final ChannelOptions options;
    private final Origin origin;
    private final Echo echo;
    private final boolean hearsJoinLeave;

    private State state = State.CATCHING_UP;
    private @Nullable List<Broadcast> held;
    private int heldBytes;
    private @Nullable Position position;
    private volatile boolean known;

    /** Completes when others can see it there, or when that is not to be. */
    private final CompletableFuture<@Nullable Void> present = new CompletableFuture<>();

    /** Completes when others were told of it; never for one that they are not told of. */
    private final CompletableFuture<@Nullable Void> announced = new CompletableFuture<>();

    /** Nanoseconds of the node's clock. */
    private volatile long expiry = NEVER;

    Subscription(
            Client client,
            String channel,
            ClientInfo info,
            ChannelOptions options,
            Origin origin,
            Echo echo,
            boolean hearsJoinLeave) {
        this.client = client;
        this.channel = channel;
        this.info = info;
        this.options = options;
        this.origin = origin;
        this.echo = echo;
        this.hearsJoinLeave = hearsJoinLeave;
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

    CompletableFuture<@Nullable Void> announced() {
        return announced;
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
            case CATCHING_UP -> hold(broadcast, dispatch);
            case LIVE -> deliver(broadcast, dispatch);
            case ENDED -> {}
        }
    }

    private void hold(Broadcast broadcast, Dispatch dispatch) {
        heldBytes += broadcast.size();
        if (held == null) {
            held = new ArrayList<>();
        }
        held.add(broadcast);
        if (held.size() > MAX_HELD || heldBytes > client.heldBytes()) {
            end();
            dispatch.end(client, Disconnect.INSUFFICIENT_STATE);
        }
    }

    private void deliver(Broadcast broadcast, Dispatch dispatch) {
        Publication publication = broadcast.publication();
        if (publication != null && position != null && publication.position() != null) {
            Position next = publication.position();
            if (next.epoch().equals(position.epoch()) && !position.isBefore(next)) {
                return; // it was in the answer
            }
            if (!position.isFollowedBy(next)) {
                end();
                dispatch.lost(this);
                return;
            }
            position = next;
        }
        if (wants(publication)) {
            Frame frame = broadcast.in(client.encoding());
            if (frame != null) {
                dispatch.offer(client, frame);
            } else if (publication != null) {
                dispatch.end(client, Disconnect.INAPPROPRIATE_PROTOCOL);
            }
        }
    }

    private boolean wants(@Nullable Publication publication) {
        if (publication == null) {
            return hearsJoinLeave;
        }
        return echo == Echo.ON
                || publication.publisher() == null
                || !publication.publisher().client().equals(client.id());
    }

    /** Queues the answer, then what was held back and is not in it; from now on it hears what happens. False if it has ended. */
    boolean goLive(List<Frame> answer, @Nullable Position reached, Dispatch dispatch) {
        if (state != State.CATCHING_UP) {
            return false;
        }
        answer.forEach(frame -> dispatch.offer(client, frame));
        position = reached;
        state = State.LIVE;
        List<Broadcast> waiting = held;
        held = null;
        if (waiting != null) {
            waiting.forEach(broadcast -> hear(broadcast, dispatch));
        }
        return true;
    }

    /** It hears nothing any more. */
    void end() {
        if (state == State.LIVE) {
            known = true;
        }
        state = State.ENDED;
        held = null;
    }

    /** It has ended, and others knew of it. */
    boolean wasKnown() {
        return known;
    }
}
