package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Reason;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Unsubscribe;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Subscriptions keeps the subscriptions of one client, and the order of joining and leaving.
 *
 * <p>Joining: (1) attach to the channel, (2) enter presence, (3) send the subscribe reply, (4)
 * announce the join. Leaving: (1) detach from the channel, (2) leave presence, (3) announce the
 * leave, (4) send the unsubscribe reply.
 */
final class Subscriptions implements SubscriptionOwner {

    private static final System.Logger LOG = System.getLogger(Subscriptions.class.getName());

    private static final Reason REVOKED = new Reason("revoked", "its token was revoked over the server API");

    private final Client client;
    private final Hub hub;
    private final Node node;
    private final Renewals renewals;

    // The next three fields are guarded by this.
    private final Map<String, Subscription> byChannel = new LinkedHashMap<>();
    /** The subscriptions that leave, each with a stage that completes when it has left. */
    private final Map<Subscription, CompletionStage<?>> leaving = new HashMap<>();

    private boolean ended;

    /** Some subscription has an expiry. */
    private volatile boolean expiring;

    Subscriptions(Client client, Hub hub, Node node, Renewals renewals) {
        this.client = client;
        this.hub = hub;
        this.node = node;
        this.renewals = renewals;
    }

    synchronized @Nullable Subscription get(String channel) {
        return byChannel.get(channel);
    }

    /** Returns the names of the channels, the oldest subscription first. */
    synchronized List<String> channels() {
        return List.copyOf(byChannel.keySet());
    }

    private synchronized List<Subscription> all() {
        return List.copyOf(byChannel.values());
    }

    /** Refuses a channel in which the client is, and one channel too many. */
    synchronized void requireRoom(String channel) {
        if (byChannel.containsKey(channel)) {
            throw ClientError.ALREADY_SUBSCRIBED.because("the client is in the channel already");
        }
        if (byChannel.size() >= node.limits().channels()) {
            throw ClientError.LIMIT_EXCEEDED.because(new Reason(
                    "client_channels",
                    "the client is in as many channels as switchboard.client.channels="
                            + node.limits().channels() + " allows"));
        }
    }

    // Joining.

    /** Attaches the subscription to its channel. Completes when no event can be missed any more. */
    synchronized CompletionStage<?> add(Subscription subscription) {
        if (ended) {
            throw Disconnect.CLOSED;
        }
        if (byChannel.putIfAbsent(subscription.channel(), subscription) != null) {
            throw ClientError.ALREADY_SUBSCRIBED;
        }
        return hub.join(subscription);
    }

    /**
     * Enters presence, after the subscription is attached. {@link Subscription#present} completes in
     * any case.
     */
    CompletionStage<?> enter(Subscription subscription, SubscribeGrant grant, CompletionStage<?> attached) {
        return attached.thenCompose(admitted -> {
                    renew(subscription, subscription.info().user(), grant);
                    return enterPresence(subscription, subscription.info());
                })
                .whenComplete((entered, failure) -> subscription.present().complete(null));
    }

    private CompletionStage<?> enterPresence(Subscription subscription, ClientInfo info) {
        return subscription.options().presence()
                ? node.engine().enter(subscription.channel(), info)
                : CompletableFuture.completedStage(null);
    }

    /** Announces a subscription that is live, if its channel announces joins. */
    void announceJoin(Subscription subscription) {
        if (subscription.options().joinLeave() != Offer.OFF) {
            logged(CompletableFuture.completedStage(null)
                            .thenCompose(
                                    live -> node.engine().announceJoin(subscription.channel(), subscription.info())))
                    .whenComplete(
                            (announced, failure) -> subscription.announced().complete(null));
        }
    }

    // Leaving.

    /**
     * Leaves the channel if the client is in it. Completes when the client has left presence. Never
     * fails.
     */
    CompletionStage<?> leave(String channel) {
        Subscription subscription = get(channel);
        return subscription == null ? CompletableFuture.completedStage(null) : leave(subscription);
    }

    /** Leaves as {@link #leave(String)} does. */
    CompletionStage<?> leave(Subscription subscription) {
        return leave(subscription, null);
    }

    /**
     * Leaves once: if two threads ask, both get the same stage, because a second exit would remove
     * the subscription that comes after this one.
     *
     * @param push the frame for the client, when the subscription has left; null for none
     */
    private CompletionStage<?> leave(Subscription subscription, @Nullable Frame push) {
        CompletableFuture<@Nullable Void> left = new CompletableFuture<>();
        synchronized (this) {
            if (byChannel.get(subscription.channel()) != subscription) {
                return CompletableFuture.completedStage(null);
            }
            CompletionStage<?> underWay = leaving.putIfAbsent(subscription, left);
            if (underWay != null) {
                return underWay;
            }
        }
        hub.leave(subscription);
        client.footprint.unsubscribed(subscription.channel());
        logged(subscription.present().thenCompose(present -> exitPresence(subscription)))
                .handle((gone, failure) -> null)
                .thenCompose(gone -> announceLeave(subscription))
                .whenComplete((announced, failure) -> {
                    Dispatch dispatch = hub.dispatch();
                    synchronized (this) { // the client may subscribe again, as its join comes after
                        leaving.remove(subscription);
                        byChannel.remove(subscription.channel());
                        if (push != null) {
                            dispatch.offer(client, push);
                        }
                    }
                    dispatch.run();
                    left.complete(null);
                });
        return left;
    }

    private CompletionStage<?> exitPresence(Subscription subscription) {
        return subscription.options().presence()
                ? node.engine().exit(subscription.channel(), client.id())
                : CompletableFuture.completedStage(null);
    }

    private CompletionStage<?> announceLeave(Subscription subscription) {
        return subscription.wasLive() && subscription.options().joinLeave() != Offer.OFF
                ? logged(subscription
                        .announced()
                        .thenCompose(
                                joined -> node.engine().announceLeave(subscription.channel(), subscription.info())))
                : CompletableFuture.completedStage(null);
    }

    /**
     * Leaves the channel for the server, and tells the client after that, so that the client can
     * subscribe again at once. Completes as {@link #leave(String)} does.
     */
    CompletionStage<?> unsubscribe(Subscription subscription, Unsubscribe reason) {
        Frame push = client.encoding().unsubscribe(subscription.channel(), reason);
        if (push == null) { // a client that is bound to this channel
            client.disconnect(reason.isForGood() ? Disconnect.FORCED : Disconnect.INSUFFICIENT_STATE);
        }
        return leave(subscription, push);
    }

    void leaveAll() {
        all().forEach(this::leave);
    }

    /**
     * Ends all subscriptions of a client that has ended. Another thread announces it: this thread
     * may be a publisher's, and the announcement may end other clients.
     */
    void end() {
        synchronized (this) {
            ended = true;
        }
        all().forEach(subscription -> {
            hub.leave(subscription);
            node.writers().execute(() -> leave(subscription));
        });
    }

    /** Returns the same stage, and logs its failure. */
    private static <T> CompletionStage<T> logged(CompletionStage<T> stage) {
        return stage.whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.log(System.Logger.Level.WARNING, "the engine failed", Failure.cause(failure));
            }
        });
    }

    // Gaps and slow clients.

    @Override
    public int heldBytes() {
        return node.limits().outboxBytes();
    }

    /** Leaves the channel on another thread, because this thread is a publisher's. */
    @Override
    public void lost(Subscription subscription) {
        node.losses().execute(() -> {
            if (get(subscription.channel()) != subscription) {
                return; // it has left meanwhile
            }
            node.counters().recoveries().count("gap");
            if (subscription.origin() == Origin.SERVER) {
                client.disconnect(Disconnect.INSUFFICIENT_STATE);
            } else {
                unsubscribe(subscription, Unsubscribe.INSUFFICIENT_STATE);
            }
        });
    }

    @Override
    public void rewound() {
        node.counters().drops().count(SlowPolicy.REWIND.label());
    }

    /** Reads the history on another thread, because this thread is a publisher's. */
    @Override
    public void fellBehind(Subscription subscription) {
        client.outbox()
                .room()
                .thenRunAsync(new Rewind(subscription, client.encoding(), hub, node)::readPage, node.writers());
    }

    // Grants.

    /** Extends the subscription by the grant, or refuses a token that was revoked. */
    void renew(Subscription subscription, String user, SubscribeGrant grant) {
        subscription.renewed(grant.token());
        if (node.revocations().isRevoked(user, grant.token())) { // last: else one meanwhile is missed
            throw ClientError.PERMISSION_DENIED.because(REVOKED);
        }
        expire(subscription, grant.ttl());
    }

    private synchronized void expire(Subscription subscription, long ttl) {
        if (ttl == 0) {
            subscription.expireNever();
        } else {
            subscription.expireAt(now() + renewals.subscription(ttl).toNanos());
            expiring = true;
        }
    }

    private long now() {
        return node.nanoTime().getAsLong();
    }

    /** Shows the info of the identity in all channels of the client. */
    void describe(Identity identity) {
        for (Subscription subscription : all()) {
            SubscribeGrant grant =
                    subscription.origin() == Origin.SERVER ? identity.channels().get(subscription.channel()) : null;
            String chanInfo = grant == null ? subscription.info().chanInfo() : grant.info();
            describe(subscription, identity.info(), chanInfo);
        }
    }

    /** Shows that info of the client in the channel, after the info before. */
    void describe(Subscription subscription, @Nullable String connInfo, @Nullable String chanInfo) {
        ClientInfo before = subscription.info();
        ClientInfo now = new ClientInfo(before.client(), before.user(), connInfo, chanInfo);
        if (now.equals(before)) {
            return;
        }
        CompletableFuture<@Nullable Void> seen = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> present;
        synchronized (this) {
            if (byChannel.get(subscription.channel()) != subscription || leaving.containsKey(subscription)) {
                return; // its exit must come last
            }
            present = subscription.describe(now, seen);
        }
        logged(present.thenCompose(entered -> enterPresence(subscription, now)))
                .whenComplete((entered, failure) -> seen.complete(null));
    }

    /** Leaves the channels to which a token admitted the client that was revoked since. */
    void dropRevoked(String user) {
        for (Subscription subscription : all()) {
            if (node.revocations().isRevoked(user, subscription.token())) {
                CompletionStage<?> unused = unsubscribe(subscription, Unsubscribe.EXPIRED);
            }
        }
    }

    /**
     * Leaves the channels whose grants have expired, or asks the application about them. Returns a
     * reason if the client must be disconnected, else null.
     */
    @Nullable
    Disconnect dropExpired() {
        if (!expiring) {
            return null;
        }
        List<Subscription> expired;
        synchronized (this) {
            expired = byChannel.values().stream()
                    .filter(subscription -> subscription.isExpired(now()))
                    .toList();
            expiring = byChannel.values().stream().anyMatch(Subscription::isExpiring);
        }
        for (Subscription subscription : expired) {
            if (renewals.ofSubscriptions()) {
                askToRenew(subscription);
                continue;
            }
            if (subscription.origin() == Origin.SERVER) {
                return Disconnect.SUBSCRIPTION_EXPIRED;
            }
            unsubscribe(subscription, Unsubscribe.EXPIRED);
        }
        return null;
    }

    /** Asks the application whether the client may stay in the channel. */
    private void askToRenew(Subscription subscription) {
        subscription.expireNever();
        renewals.subscription(
                client.caller(),
                subscription.channel(),
                renewed -> {
                    if (get(subscription.channel()) != subscription) {
                        return; // it has left meanwhile
                    }
                    ClientInfo info = subscription.info();
                    String chanInfo = renewed.info() == null ? info.chanInfo() : renewed.info();
                    SubscribeGrant grant = new SubscribeGrant(chanInfo, null, renewed.ttl(), subscription.token());
                    renew(subscription, info.user(), grant);
                    describe(subscription, info.connInfo(), chanInfo);
                },
                () -> {
                    if (get(subscription.channel()) != subscription) {
                        return;
                    }
                    if (subscription.origin() == Origin.SERVER) {
                        client.disconnect(Disconnect.SUBSCRIPTION_EXPIRED);
                    } else {
                        unsubscribe(subscription, Unsubscribe.EXPIRED);
                    }
                });
    }
}
