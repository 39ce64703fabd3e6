package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.ConnectResult;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Reason;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.AccessPolicy.Right;
import dev.switchboard.spi.Application.Caller;
import dev.switchboard.spi.Transport;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Client is one connection, with every verb that its protocol may use.
 *
 * <p>It ends once: by {@link #disconnect} of the relay, or by {@link #closed} of the other side.
 * After that its verbs are refused by {@link Disconnect#CLOSED} or do nothing. Any thread may call
 * a method, and none blocks but {@link #disconnectNow}. One thread at a time calls
 * {@link #connect}, {@link #subscribe}, {@link #unsubscribe} and {@link #refresh}, each after the
 * one before has completed.
 *
 * <p>A verb is refused by a {@link ClientError} or a {@link Disconnect}, thrown or as the failure
 * of its stage.
 */
public final class Client extends Connection {

    private final ClientIdentity identity;
    private final Subscriptions subscriptions;
    private final Subscribing subscribing;

    /** Completes when the application has answered the last publication or call. */
    private volatile CompletionStage<?> answered = CompletableFuture.completedStage(null);

    Client(Hub hub, Node node, Transport transport, Protocol protocol) {
        super(hub, node, transport, protocol);
        Renewals renewals = new Renewals(this, node);
        identity = new ClientIdentity(id(), transport, encoding, node, hub.authorizer(), renewals);
        subscriptions = new Subscriptions(this, hub, node, renewals);
        subscribing = new Subscribing(this, subscriptions, hub, node, renewals);
    }

    /** Returns the client as the application sees it. */
    Caller caller() {
        return identity.caller();
    }

    /** Lets the protocol begin. */
    void open() {
        serve(() -> protocol.open(this));
    }

    @Override
    void handle(Frame message) {
        protocol.receive(this, message);
    }

    @Override
    String user() {
        return identity.get().user();
    }

    @Override
    List<String> channels() {
        String bound = protocol.channel();
        return bound == null ? subscriptions.channels() : List.of(bound);
    }

    @Override
    void ended(int code, String reason) {
        identity.ended(code, reason);
        outbox().close();
        subscriptions.end();
        hub.remove(this, user());
    }

    /**
     * Disconnects a client that is overdue, or sends a ping if one is due. Called by the watchdog.
     */
    void check() {
        Disconnect overdue = overdue();
        if (overdue != null) {
            disconnect(overdue);
        } else {
            heartbeat.beat();
        }
    }

    private @Nullable Disconnect overdue() {
        Disconnect reason = unresponsive();
        if (reason == null) {
            reason = identity.overdue(subscriptions::describe);
        }
        if (reason == null) {
            reason = incomplete();
        }
        return reason == null ? subscriptions.dropExpired() : reason;
    }

    // Identity.

    /** Sets the time in which the client must {@link #connect}. */
    public void awaitConnect() {
        identity.awaitConnect();
        place.await();
    }

    /**
     * Authenticates a client whose protocol has no connect reply; {@code token} is empty for none.
     */
    public CompletionStage<?> identify(String token) {
        return identity.authenticate(token, ConnectRequest.NONE).thenAccept(grant -> {
            identified(grant.identity());
            place.admit();
            identity.expireIn(grant.identity().ttl());
            logConnect();
        });
    }

    /**
     * Authenticates the client and subscribes it to the channels of its identity. Also subscribes
     * it to channels of {@code before} that it may enter without a token and without the
     * application.
     *
     * @param token empty for none
     * @param request what the application is told; null for nothing
     * @param before the channels to which the server had subscribed the client, each with its
     *     position; null for no recovery
     * @param answer makes the reply, which the client gets before any event of the channels; called
     *     again as in {@link #subscribe}
     */
    public CompletionStage<?> connect(
            String token,
            @Nullable ConnectRequest request,
            Map<String, @Nullable Position> before,
            Function<ConnectResult, @Nullable Frame> answer) {
        ConnectRequest sent = request == null ? ConnectRequest.NONE : request;
        return identity.authenticate(token, sent).thenCompose(grant -> {
            Identity accepted = grant.identity();
            identified(accepted);
            if (accepted.channels().size() > node.limits().channels()) {
                throw Disconnect.CHANNEL_LIMIT;
            }
            return hub.authorizer()
                    .open(id(), accepted, identity.mayReturn(token) ? before.keySet() : Set.of())
                    .thenCompose(open -> subscribing.prepareAll(accepted, open, before))
                    .thenAccept(prepared -> connected(grant, prepared, answer));
        });
    }

    private void connected(
            ConnectGrant grant, List<Subscribing.Prepared> prepared, Function<ConnectResult, @Nullable Frame> answer) {
        identity.expireIn(grant.identity().ttl());
        place.admit();
        logConnect();
        long ping = Math.max(1, node.limits().pingInterval().toSeconds());
        subscribing.goLive(
                prepared,
                results -> answer.apply(new ConnectResult(id(), grant.renewal(), ping, results, grant.data())));
        heartbeat.start();
    }

    /**
     * Takes the identity. Checks revocations last: a revocation before that is seen here, and a
     * later one finds the client in the hub.
     */
    private void identified(Identity accepted) {
        identity.accept(accepted);
        place.identify(accepted.user());
        hub.identified(this, accepted.user());
        node.revocations().require(identity.get());
    }

    /** Returns true if the selector means this client. */
    boolean isSelected(ClientSelector selector) {
        return identity.isSelected(selector, protocol.session());
    }

    /** Disconnects a client whose identity is revoked; else ends its subscriptions that are. */
    void dropRevoked() {
        Disconnect refusal = node.revocations().refusal(identity.get());
        if (refusal == null) {
            subscriptions.dropRevoked(identity.get().user());
        } else {
            disconnect(refusal);
        }
    }

    /**
     * Extends the connection by a token, whose info others see from now on. Completes with the
     * seconds until it expires, 0 for never.
     */
    public CompletionStage<Long> refresh(String token) {
        return identity.refresh(token).thenApply(renewed -> {
            subscriptions.describe(renewed);
            return renewed.ttl();
        });
    }

    /**
     * Extends the connection for the server, and tells the client.
     *
     * @param ttl seconds from now; 0 for ever
     * @param info JSON that others see from now on; null for no change
     */
    public void extend(long ttl, @Nullable String info) {
        subscriptions.describe(identity.extend(ttl, info));
        Frame push = encoding.refresh(ttl);
        if (push != null) {
            send(push);
        }
    }

    // Channels.

    /** Returns true if a channel rule names the channel's namespace. */
    public boolean knows(String channel) {
        return node.access().knows(channel);
    }

    /** Refuses a channel that the client does not {@link #knows know}. */
    public void requireKnown(String channel) {
        ChannelReader.requireKnown(node, channel);
    }

    /** Returns why the client does not have the right in the channel, for the log. */
    public Reason refusal(Right right, String channel) {
        return node.access().refusal(right, identity.get(), channel, subscriptions.get(channel) != null);
    }

    /**
     * Subscribes the client.
     *
     * @param answer makes the frames that the client gets before any event of the channel. If the
     *     frames are null, because the protocol cannot carry a publication, or too large, it is
     *     called again with a result without publications
     */
    public CompletionStage<?> subscribe(
            SubscribeRequest request, Function<SubscribeResult, @Nullable List<Frame>> answer) {
        subscriptions.requireRoom(request.channel());
        Identity asking = identity.get();
        return hub.authorizer()
                .subscribe(caller(), asking, request.channel(), request.token(), request.data())
                .thenCompose(grant -> subscribing.prepare(identity.get(), request, grant, Origin.CLIENT))
                .thenCompose(prepared -> subscribing.goLive(prepared, answer));
    }

    /** Returns false if the client is in the channel or is bound to one channel. */
    boolean canEnter(String channel) {
        return choosesChannels() && subscriptions.get(channel) == null;
    }

    /**
     * Returns true for a client that subscribes to channels, false for one that is bound to a
     * channel.
     */
    public boolean choosesChannels() {
        return protocol.channel() == null;
    }

    /**
     * Subscribes the client for the server, and tells it.
     *
     * @param since the client gets what was published after it, if all of that is there; null for
     *     nothing
     */
    public CompletionStage<?> subscribe(String channel, SubscribeGrant grant, @Nullable Position since) {
        subscribing.requireMeant(identity.get(), channel);
        subscriptions.requireRoom(channel);
        return subscribing
                .prepareForServer(identity.get(), channel, grant, since)
                .thenCompose(prepared -> subscribing.goLive(prepared));
    }

    /**
     * Extends a subscription by a token. Completes with the seconds until it expires, 0 for never.
     */
    public CompletionStage<Long> refresh(String channel, String token) {
        Subscription subscription = subscriptions.get(channel);
        if (subscription == null) {
            throw ClientError.PERMISSION_DENIED.because("the client is not in the channel whose token it renews");
        }
        if (token.isEmpty()) {
            throw ClientError.BAD_REQUEST.because("the renewal of a subscription needs a token");
        }
        return ClientIdentity.verified(
                        node.access().admit(identity.get(), id(), channel, token),
                        ClientError.RENEWAL_EXPIRED,
                        Disconnect.INVALID_TOKEN)
                .thenApply(grant -> {
                    subscriptions.renew(subscription, identity.get().user(), grant);
                    subscriptions.describe(subscription, subscription.info().connInfo(), grant.info());
                    return grant.ttl();
                });
    }

    /** Unsubscribes the client if it is in the channel. Completes when it has left presence. */
    public CompletionStage<?> unsubscribe(String channel) {
        return subscriptions.leave(channel);
    }

    /**
     * Unsubscribes the client for the server as {@link #unsubscribe(String)} does, and tells it.
     */
    public CompletionStage<?> unsubscribe(String channel, Unsubscribe reason) {
        Subscription subscription = subscriptions.get(channel);
        return subscription == null
                ? CompletableFuture.completedStage(null)
                : subscriptions.unsubscribe(subscription, reason);
    }

    /** Publishes. Completes when the publication is on its way to all subscriptions. */
    public CompletionStage<?> publish(String channel, Payload data) {
        requireToPublish(channel);
        Subscription subscription = subscriptions.get(channel);
        Identity own = identity.get();
        ClientInfo info =
                subscription == null ? new ClientInfo(id(), own.user(), own.info(), null) : subscription.info();
        String sender = subscription == null ? "" : subscription.sender();
        Publisher.Progress progress = hub.publisher()
                .publish(
                        this::caller,
                        channel,
                        new Publication(data, info, null, Map.of(), sender),
                        () -> requireToPublish(channel));
        answered = progress.handedOver();
        return progress.position();
    }

    private void requireToPublish(String channel) {
        if (isEnded()) {
            throw Disconnect.CLOSED;
        }
        require(Right.PUBLISH, channel);
    }

    /** Calls a method of the application. Completes with its answer, or null. */
    public CompletionStage<@Nullable Payload> rpc(String method, @Nullable Payload data) {
        CompletionStage<@Nullable Payload> answer = node.application().rpc(caller(), method, data);
        answered = answer.handle((done, failure) -> null);
        return answer;
    }

    /**
     * Completes when the engine has the client's last publication, and the application has answered
     * its last call. The client's next command must wait for it. Never fails.
     */
    public CompletionStage<?> answered() {
        return answered;
    }

    /** Returns true if the client has the right in the channel. */
    public boolean may(Right right, String channel) {
        return node.access().allows(right, identity.get(), channel, subscriptions.get(channel) != null);
    }

    private void require(Right right, String channel) {
        if (!may(right, channel)) {
            throw ClientError.PERMISSION_DENIED.because(refusal(right, channel));
        }
    }

    /** Completes with the clients of the channel, by client id. */
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        return hub.reader().presence(channel, right -> require(right, channel));
    }

    /** Completes with the numbers of clients and users in the channel. */
    public CompletionStage<PresenceStats> presenceStats(String channel) {
        return hub.reader().presenceStats(channel, right -> require(right, channel));
    }

    /** Completes with a page of the history as {@link ChannelReader#history} does. */
    public CompletionStage<History> history(String channel, HistoryQuery query) {
        Subscription subscription = subscriptions.get(channel);
        ChannelOptions options = subscription == null ? node.access().options(channel) : subscription.options();
        return hub.reader().history(channel, query, options.filter(), right -> require(right, channel));
    }
}
