package dev.switchboard.hub;

import dev.switchboard.hub.Subscription.Origin;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.RecoveryMode;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Identity;
import dev.switchboard.model.LogText;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.SubscribeResult.Recovery;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.AccessPolicy.Right;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one client, and the order of joining and leaving.
 *
 * <p>Joining: (1) attach to the channel, (2) enter presence, (3) send the subscribe reply,
 * (4) announce the join. Leaving: (1) detach from the channel, (2) leave presence, (3) announce the
 * leave, (4) send the unsubscribe reply.
 */
final class Subscriptions implements Subscription.Owner {

    private static final System.Logger LOG = System.getLogger(Subscriptions.class.getName());

    /**
     * A subscription that hears nothing yet.
     *
     * @param result what its client is to be told
     * @param reached where it will stand then; null if it keeps no position
     * @param allOrNothing an error is better than a result without what was missed
     */
    record Prepared(
            Subscription subscription,
            SubscribeResult result,
            @Nullable Position reached,
            boolean allOrNothing) {

        /** The same for a client that is not given what it missed, and is told so. */
        Prepared withoutPast() {
            if (result.publications().isEmpty()) {
                return this;
            }
            return new Prepared(
                    subscription,
                    new SubscribeResult(
                            reached, result.recoverable(), Recovery.FAILED, List.of(), result.ttl(), result.data()),
                    reached,
                    allOrNothing);
        }
    }

    /** Which of its wishes a client is granted. */
    private record Terms(boolean recoverable, boolean positioned, boolean replayed, boolean joinLeave) {

        /** It is told where it stands. */
        boolean told() {
            return recoverable || positioned || replayed;
        }
    }

    private final Client client;
    private final Hub hub;
    private final Node node;
    private final Renewals renewals;
    private final Map<String, Subscription> byChannel = new LinkedHashMap<>(); // guarded by this
    private final Map<Subscription, CompletionStage<?>> leaving = new HashMap<>(); // guarded by this
    private boolean ended; // guarded by this
    private volatile boolean expiring; // some subscription is

    Subscriptions(Client client, Hub hub, Node node, Renewals renewals) {
        this.renewals = renewals;
        this.client = client;
        this.hub = hub;
        this.node = node;
    }

    synchronized @Nullable Subscription get(String channel) {
        return byChannel.get(channel);
    }

    synchronized void requireRoom(String channel) {
        if (byChannel.containsKey(channel)) {
            throw ClientError.ALREADY_SUBSCRIBED;
        }
        if (byChannel.size() >= node.limits().channels()) {
            throw ClientError.LIMIT_EXCEEDED;
        }
    }

    /** Enters the channel; what is published there is held back until {@link #goLive}. */
    CompletionStage<Prepared> prepare(Identity who, SubscribeRequest request, SubscribeGrant grant, Origin origin) {
        String channel = request.channel();
        ChannelOptions ruled = node.access().options(channel);
        ChannelOptions options = grant.override().applied(ruled);
        Terms terms = terms(who, request, ruled, grant.override(), origin);
        Subscription subscription = new Subscription(
                client,
                this,
                client.encoding(),
                channel,
                new ClientInfo(client.id(), who.user(), who.info(), grant.info()),
                options,
                origin,
                request.echo(),
                request.sender(),
                grant.token(),
                terms.joinLeave);
        if (options.slow() == SlowPolicy.LATEST) {
            client.limitBuffering();
        }
        enter(subscription);
        return present(subscription, grant)
                .thenCompose(present -> catchUp(request, options, terms))
                .thenApply(past -> prepared(subscription, request, grant, terms, past))
                .exceptionallyCompose(failure ->
                        leave(subscription, null).thenCompose(left -> CompletableFuture.failedStage(failure)));
    }

    /** Lets others see it; whatever happens, {@link Subscription#present} completes. */
    private CompletionStage<?> present(Subscription subscription, SubscribeGrant grant) {
        return CompletableFuture.completedStage(null)
                .thenCompose(admitted -> {
                    renew(subscription, subscription.info().user(), grant);
                    return subscription.options().presence()
                            ? node.engine().enter(subscription.channel(), subscription.info())
                            : CompletableFuture.completedStage(null);
                })
                .whenComplete((seen, failure) -> subscription.present().complete(null));
    }

    /** Returns what the subscription gets: what the channel forces, and what the client wishes and may read. */
    private Terms terms(
            Identity who, SubscribeRequest request, ChannelOptions ruled, ChannelOverride override, Origin origin) {
        AccessPolicy access = node.access();
        boolean mayRead = access.allows(Right.HISTORY, who, request.channel(), true);
        boolean maySee = access.allows(Right.PRESENCE, who, request.channel(), true);
        boolean keeps = ruled.retention().keeps();
        boolean positions = ruled.keepsPositions();
        boolean recovery =
                request.wishes().contains(Wish.RECOVERABLE) || origin == Origin.CLIENT && request.recover() != null;
        boolean positioning = request.wishes().contains(Wish.POSITIONED);
        return new Terms(
                positions && override.applied(ruled).recovery().grants(mayRead && recovery),
                positions && override.applied(ruled).positioning().grants(mayRead && positioning),
                keeps && mayRead && request.replay() != null,
                override.pushed(ruled.joinLeave())
                        .grants(maySee && request.wishes().contains(Wish.JOIN_LEAVE)));
    }

    private synchronized void enter(Subscription subscription) {
        if (ended) {
            throw Disconnect.CLOSED;
        }
        if (byChannel.putIfAbsent(subscription.channel(), subscription) != null) {
            throw ClientError.ALREADY_SUBSCRIBED;
        }
        hub.join(subscription);
    }

    private CompletionStage<@Nullable CatchUp> catchUp(SubscribeRequest request, ChannelOptions options, Terms terms) {
        SubscribeRequest.Replay replay = request.replay();
        if (terms.replayed && replay != null) {
            return history(request, CatchUp.query(replay), options)
                    .thenApply(
                            page -> CatchUp.replay(replay, page, node.limits().historyBytes()));
        }
        Position recover = request.recover();
        if (terms.recoverable && recover != null) {
            return history(request, CatchUp.query(recover, options.recoveryMode()), options)
                    .thenApply(page -> CatchUp.of(
                            recover, options.recoveryMode(), page, node.limits().answerBytes()));
        }
        if (terms.told() || options.slow() == SlowPolicy.REWIND) {
            return history(request, HistoryQuery.POSITION, options).thenApply(page -> CatchUp.none(page.top()));
        }
        return CompletableFuture.completedStage(null);
    }

    private CompletionStage<History> history(SubscribeRequest request, HistoryQuery query, ChannelOptions options) {
        return node.engine().history(request.channel(), query, options.retention());
    }

    private Prepared prepared(
            Subscription subscription,
            SubscribeRequest request,
            SubscribeGrant grant,
            Terms terms,
            @Nullable CatchUp past) {
        boolean allOrNothing = request.wishes().contains(Wish.ALL_OR_NOTHING)
                && subscription.options().recoveryMode() == RecoveryMode.STREAM;
        Recovery outcome = past == null ? Recovery.NONE : past.outcome();
        if (outcome == Recovery.FAILED && allOrNothing) {
            throw ClientError.UNRECOVERABLE_POSITION;
        }
        if (outcome == Recovery.NONE && isUnanswered(request, terms)) {
            outcome = Recovery.FAILED; // not offered here; an error would have the client ask again for ever
        }
        SubscribeResult result = new SubscribeResult(
                past == null || !terms.told() ? null : past.from(),
                terms.recoverable,
                outcome,
                past == null ? List.of() : wanted(subscription, past.publications()),
                renewals.ofSubscriptions() ? 0 : grant.renewal(),
                grant.data());
        return new Prepared(subscription, result, past == null ? null : past.reached(), allOrNothing);
    }

    private static boolean isUnanswered(SubscribeRequest request, Terms terms) {
        SubscribeRequest.Replay replay = request.replay();
        return request.recover() != null || replay != null && replay.whole() && !terms.replayed;
    }

    private static List<Publication> wanted(Subscription subscription, List<Publication> past) {
        return past.stream().filter(subscription::wants).toList();
    }

    /** Refuses a channel that a token or the application names, and no rule knows. */
    private void requireKnown(String channel) {
        if (!node.access().knows(channel)) {
            node.journal()
                    .execute(() -> LOG.log(
                            System.Logger.Level.WARNING,
                            () -> "connect refused: client=" + client.id() + " code=102 channel="
                                    + LogText.quote(channel) + ": no channel rule names its namespace"));
            throw ClientError.UNKNOWN_CHANNEL;
        }
    }

    /** Refuses a channel that is for other users. */
    void requireMeant(Identity who, String channel) {
        if (!node.access().isMeantFor(who, channel)) {
            throw ClientError.PERMISSION_DENIED;
        }
    }

    /**
     * Enters all channels that go with an identity, or none if one of them fails; and others as far as there is room.
     *
     * @param before where the client was in them, null for no recovery
     */
    CompletionStage<List<Prepared>> prepareAll(
            Identity who, List<String> others, Map<String, @Nullable Position> before) {
        who.channels().keySet().forEach(channel -> {
            requireKnown(channel);
            requireMeant(who, channel);
        });
        Map<String, SubscribeGrant> grants = new LinkedHashMap<>(who.channels());
        others.stream()
                .filter(channel -> !grants.containsKey(channel))
                .limit(node.limits().channels() - grants.size())
                .forEach(channel -> grants.putIfAbsent(channel, SubscribeGrant.PLAIN));
        List<CompletableFuture<Prepared>> all = new ArrayList<>();
        grants.forEach((channel, grant) -> all.add(begun(who, byServer(channel, before.get(channel), grant), grant)));
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenApply(done -> all.stream().map(CompletableFuture::join).toList())
                .whenComplete((prepared, failure) -> {
                    if (failure != null) {
                        leaveAll();
                    }
                });
    }

    /** Returns a failed stage where {@link #prepare} throws, so that the other channels are left again. */
    private CompletableFuture<Prepared> begun(Identity who, SubscribeRequest request, SubscribeGrant grant) {
        try {
            return prepare(who, request, grant, Origin.SERVER).toCompletableFuture();
        } catch (ClientError | Disconnect refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** What the server asks for in its client's place. */
    static SubscribeRequest byServer(String channel, @Nullable Position recover, SubscribeGrant grant) {
        Set<Wish> wishes = grant.override().forbidsRecovery() ? Set.of() : Set.of(Wish.RECOVERABLE);
        return new SubscribeRequest(channel, "", wishes, recover, null, Echo.ON);
    }

    /** Gives the client the answer, without the past if it cannot be given that, and then whatever happens. */
    CompletionStage<?> goLive(Prepared prepared, Function<SubscribeResult, @Nullable List<Frame>> answer) {
        List<Frame> frames = answer.apply(prepared.result());
        if (frames == null
                || frames.stream().mapToInt(Frame::size).sum() > node.limits().answerBytes()) {
            if (prepared.allOrNothing()) {
                return leave(prepared.subscription(), null)
                        .thenCompose(left -> CompletableFuture.failedStage(ClientError.UNRECOVERABLE_POSITION));
            }
            frames = Objects.requireNonNull(answer.apply(prepared.withoutPast().result()));
        }
        return goLive(prepared, frames) || client.isEnded()
                ? CompletableFuture.completedStage(null)
                : CompletableFuture.failedStage(ClientError.INTERNAL); // the server took it out before it was in
    }

    /** Gives the client the answer, and then whatever happens; false if it is out already. */
    boolean goLive(Prepared prepared, List<Frame> answer) {
        Subscription subscription = prepared.subscription();
        boolean live = hub.goLive(subscription, answer, prepared.reached());
        if (live && subscription.options().joinLeave() != Offer.OFF) {
            logged(CompletableFuture.completedStage(null)
                            .thenCompose(in -> node.engine().announceJoin(subscription.channel(), subscription.info())))
                    .whenComplete((told, failure) -> subscription.announced().complete(null));
        }
        return live;
    }

    @Override
    public int heldBytes() {
        return node.limits().outboxBytes();
    }

    /** Runs the work on another thread, because this thread is a publisher's. */
    @Override
    public void lost(Subscription subscription) {
        if (subscription.origin() == Origin.SERVER) {
            client.disconnect(Disconnect.INSUFFICIENT_STATE);
        } else {
            node.writers().execute(() -> takeOut(subscription, Unsubscribe.INSUFFICIENT_STATE));
        }
    }

    /** Reads the history on another thread, because this thread is a publisher's. */
    @Override
    public void fellBehind(Subscription subscription) {
        client.outbox().room().thenRunAsync(() -> rewind(subscription), node.writers());
    }

    @Override
    public void rewound() {
        node.counters().drops().count(SlowPolicy.REWIND.label());
    }

    /** Reads one page of the history; the next one begins where that ends. */
    private void rewind(Subscription subscription) {
        Channel channel = hub.channel(subscription.channel());
        Position from = channel == null ? null : channel.rewind(subscription);
        if (channel == null || from == null) {
            return;
        }
        logged(CompletableFuture.completedStage(from)
                        .thenCompose(position -> node.engine()
                                .history(
                                        subscription.channel(),
                                        CatchUp.query(position, RecoveryMode.STREAM),
                                        subscription.options().retention()))
                        .thenApply(page -> {
                            List<Broadcast> missed = broadcasts(subscription, page);
                            return queued(dispatch -> channel.resume(subscription, missed, page.top(), dispatch));
                        }))
                .exceptionally(failure -> queued(dispatch -> channel.lose(subscription, dispatch)))
                .thenAccept(Dispatch::run);
    }

    private Dispatch queued(Consumer<Dispatch> work) {
        Dispatch dispatch = hub.dispatch();
        work.accept(dispatch);
        return dispatch;
    }

    /** Of a page as much as one client may be given at once, encoded here, because the channel's lock is for all. */
    private List<Broadcast> broadcasts(Subscription subscription, History page) {
        return CatchUp.fitting(page.publications(), node.limits().historyBytes()).stream()
                .map(publication -> Broadcast.publication(subscription.channel(), publication))
                .peek(broadcast -> broadcast.in(client.encoding()))
                .toList();
    }

    /** Leaves the channel, if it is in; completes when nobody sees it there. */
    CompletionStage<?> leave(String channel) {
        Subscription subscription = get(channel);
        return subscription == null ? CompletableFuture.completedStage(null) : leave(subscription, null);
    }

    /**
     * Leaves once, whoever asks for it first: a second exit would take out the one that comes after. Never fails, because nobody could do
     * anything about it.
     *
     * @param push what the client is told when it is out; null for nothing
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
        logged(subscription.present().thenCompose(present -> exit(subscription)))
                .handle((gone, failure) -> null)
                .thenCompose(gone -> announceLeave(subscription))
                .whenComplete((told, failure) -> {
                    Dispatch dispatch = hub.dispatch();
                    synchronized (this) { // only now it may come again, so that its next join is heard after this leave
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

    private CompletionStage<?> announceLeave(Subscription subscription) {
        return subscription.wasKnown() && subscription.options().joinLeave() != Offer.OFF
                ? logged(subscription
                        .announced()
                        .thenCompose(told -> node.engine().announceLeave(subscription.channel(), subscription.info())))
                : CompletableFuture.completedStage(null);
    }

    private CompletionStage<?> exit(Subscription subscription) {
        return subscription.options().presence()
                ? node.engine().exit(subscription.channel(), client.id())
                : CompletableFuture.completedStage(null);
    }

    /**
     * The server takes it out of the channel; the client is told when it is out, so that it may come back at once. Completes when nobody sees it
     * there.
     */
    CompletionStage<?> takeOut(Subscription subscription, Unsubscribe why) {
        Frame push = client.encoding().unsubscribe(subscription.channel(), why);
        if (push == null) { // it has no other channel
            client.disconnect(why.isForGood() ? Disconnect.FORCED : Disconnect.INSUFFICIENT_STATE);
        }
        return leave(subscription, push);
    }

    /** Takes the client out of the channels to which a token let it that is none any more. */
    void dropRevoked(String user) {
        for (Subscription subscription : all()) {
            if (!node.revocations().isRevoked(user, subscription.token())) {
                continue;
            }
            CompletionStage<?> unused = takeOut(subscription, Unsubscribe.EXPIRED);
        }
    }

    /**
     * The client has ended: it hears nothing from now on. Others are told by another thread, because this one may be a publisher's, and what
     * others are told may end them as well.
     */
    void end() {
        synchronized (this) {
            ended = true;
        }
        all().forEach(subscription -> {
            hub.leave(subscription);
            node.writers().execute(() -> leave(subscription, null));
        });
    }

    private void leaveAll() {
        all().forEach(subscription -> leave(subscription, null));
    }

    private synchronized List<Subscription> all() {
        return List.copyOf(byChannel.values());
    }

    /** The same stage, whose failure is worth a line. */
    private static <T> CompletionStage<T> logged(CompletionStage<T> stage) {
        return stage.whenComplete((done, failure) -> {
            if (failure != null) {
                LOG.log(System.Logger.Level.WARNING, "the engine failed", Failure.cause(failure));
            }
        });
    }

    /** The subscription holds for as long as the grant does, and by its token; refuses one that was revoked. */
    void renew(Subscription subscription, String user, SubscribeGrant grant) {
        subscription.renewed(grant.token());
        if (node.revocations().isRevoked(user, grant.token())) { // asked last: whoever revokes it finds it, or is found
            throw ClientError.PERMISSION_DENIED;
        }
        expire(subscription, grant.ttl());
    }

    /** Others see what the identity says of the client, wherever it is. */
    void describe(Identity who) {
        for (Subscription subscription : all()) {
            SubscribeGrant grant =
                    subscription.origin() == Origin.SERVER ? who.channels().get(subscription.channel()) : null;
            String chanInfo = grant == null ? subscription.info().chanInfo() : grant.info();
            describe(subscription, who.info(), chanInfo);
        }
    }

    /** Others see this of the client in the channel. */
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
        logged(present.thenCompose(entered -> subscription.options().presence()
                        ? node.engine().enter(subscription.channel(), now)
                        : CompletableFuture.completedStage(null)))
                .whenComplete((entered, failure) -> seen.complete(null));
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

    /** Takes the client out of the channels that it did not renew; not null if the client itself must go. */
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
                renew(subscription);
                continue;
            }
            if (subscription.origin() == Origin.SERVER) {
                return Disconnect.SUBSCRIPTION_EXPIRED;
            }
            takeOut(subscription, Unsubscribe.EXPIRED);
        }
        return null;
    }

    /** It has expired, and the application says whether the client may stay in the channel. */
    private void renew(Subscription subscription) {
        subscription.expireNever();
        renewals.subscription(
                client.caller(),
                subscription.channel(),
                renewed -> {
                    if (get(subscription.channel()) != subscription) {
                        return; // it has ended meanwhile
                    }
                    ClientInfo info = subscription.info();
                    String shown = renewed.info() == null ? info.chanInfo() : renewed.info();
                    renew(
                            subscription,
                            info.user(),
                            new SubscribeGrant(shown, null, renewed.ttl(), subscription.token()));
                    describe(subscription, info.connInfo(), shown);
                },
                () -> {
                    if (get(subscription.channel()) != subscription) {
                        return;
                    }
                    if (subscription.origin() == Origin.SERVER) {
                        client.disconnect(Disconnect.SUBSCRIPTION_EXPIRED);
                    } else {
                        takeOut(subscription, Unsubscribe.EXPIRED);
                    }
                });
    }
}
