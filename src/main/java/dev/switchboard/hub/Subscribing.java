package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.RecoveryMode;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Reason;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.SubscribeResult.Recovery;
import dev.switchboard.model.TagsFilter;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.AccessPolicy.Right;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Subscribing takes one client into channels, as the client or the server asks, and gives it what
 * it missed.
 *
 * <p>{@link #prepare} attaches the subscription to the channel and enters presence; {@link #goLive}
 * sends the answer and announces the join. In between the subscription holds events back.
 */
final class Subscribing {

    /**
     * A subscription that is not live yet.
     *
     * @param result the answer to the client
     * @param reached the position after the answer; null if the subscription keeps none
     * @param recovers the client asked for what it missed, and the channel offers that
     * @param allOrNothing the client prefers an error to an answer without what it missed
     */
    record Prepared(
            Subscription subscription,
            SubscribeResult result,
            @Nullable Position reached,
            boolean recovers,
            boolean allOrNothing) {

        /** Returns the same without publications; the result says that the recovery failed. */
        Prepared withoutPast() {
            if (result.publications().isEmpty()) {
                return this;
            }
            return new Prepared(
                    subscription,
                    new SubscribeResult(
                            reached, result.recoverable(), Recovery.FAILED, List.of(), result.ttl(), result.data()),
                    reached,
                    recovers,
                    allOrNothing);
        }
    }

    /** What the subscription gets. */
    private record Terms(boolean recoverable, boolean positioned, boolean replayed, boolean joinLeave) {

        /** Returns true if the client is told its position. */
        boolean hasPosition() {
            return recoverable || positioned || replayed;
        }
    }

    private final Client client;
    private final Subscriptions subscriptions;
    private final Hub hub;
    private final Node node;
    private final Renewals renewals;

    Subscribing(Client client, Subscriptions subscriptions, Hub hub, Node node, Renewals renewals) {
        this.client = client;
        this.subscriptions = subscriptions;
        this.hub = hub;
        this.node = node;
        this.renewals = renewals;
    }

    /** Enters the channel, and holds back its events until {@link #goLive}. */
    CompletionStage<Prepared> prepare(
            Identity identity, SubscribeRequest request, SubscribeGrant grant, Origin origin) {
        String channel = request.channel();
        ChannelOptions rule = node.access().options(channel);
        TagsFilter enforced = TagsFilter.both(rule.filter(), grant.filter());
        ChannelOptions options = grant.override().applied(rule).with(enforced);
        Terms terms = terms(identity, request, rule, grant.override(), origin);
        Subscription subscription = new Subscription(
                client,
                subscriptions,
                client.encoding(),
                channel,
                new ClientInfo(client.id(), identity.user(), identity.info(), grant.info()),
                options,
                origin,
                Selection.of(
                        request.echo(), client.id(), request.sender(), TagsFilter.both(enforced, request.filter())),
                grant.token(),
                terms.joinLeave);
        if (options.slow() == SlowPolicy.LATEST) {
            client.limitBuffering();
        }
        CompletionStage<?> attached = subscriptions.add(subscription);
        return subscriptions
                .enter(subscription, grant, attached)
                .thenCompose(present -> catchUp(request, options, terms))
                .thenApply(past -> prepared(subscription, request, grant, terms, past))
                .exceptionallyCompose(failure ->
                        subscriptions.leave(subscription).thenCompose(left -> CompletableFuture.failedStage(failure)));
    }

    /** Returns what the channel forces, and what the client wishes and may read. */
    private Terms terms(
            Identity identity, SubscribeRequest request, ChannelOptions rule, ChannelOverride override, Origin origin) {
        AccessPolicy access = node.access();
        boolean mayReadHistory = access.allows(Right.HISTORY, identity, request.channel(), true);
        boolean mayReadPresence = access.allows(Right.PRESENCE, identity, request.channel(), true);
        boolean positions = rule.keepsPositions();
        Set<Wish> wishes = request.wishes();
        boolean recovery = wishes.contains(Wish.RECOVERABLE) || origin == Origin.CLIENT && request.recover() != null;
        ChannelOptions options = override.applied(rule);
        return new Terms(
                positions && options.recovery().grants(mayReadHistory && recovery),
                positions && options.positioning().grants(mayReadHistory && wishes.contains(Wish.POSITIONED)),
                rule.retention().keeps() && mayReadHistory && request.replay() != null,
                override.pushed(rule.joinLeave()).grants(mayReadPresence && wishes.contains(Wish.JOIN_LEAVE)));
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
            int maxBytes = node.limits().answerBytes();
            return options.recoveryMode() == RecoveryMode.CACHE
                    ? history(request, HistoryQuery.newest(1), options)
                            .thenApply(page -> CatchUp.latest(recover, page, maxBytes))
                    : new Missed(recover, maxBytes, query -> history(request, query, options)).read();
        }
        if (terms.hasPosition() || options.slow() == SlowPolicy.REWIND) {
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
        boolean recovers = terms.recoverable && request.recover() != null;
        if (outcome == Recovery.FAILED && allOrNothing) {
            count(recovers, Recovery.FAILED);
            throw ClientError.UNRECOVERABLE_POSITION;
        }
        if (outcome == Recovery.NONE && isUnanswered(request, terms)) {
            outcome = Recovery.FAILED; // after an error the client would ask again for ever
        }
        List<Publication> given = past == null ? List.of() : wanted(subscription, past.publications());
        if (past != null && given.isEmpty() && lacksLatest(subscription, past)) {
            outcome = Recovery.FAILED;
        }
        SubscribeResult result = new SubscribeResult(
                past == null || !terms.hasPosition() ? null : given.isEmpty() ? past.reached() : past.from(),
                terms.recoverable,
                outcome,
                given,
                renewals.ofSubscriptions() ? 0 : grant.renewal(),
                grant.data());
        return new Prepared(subscription, result, past == null ? null : past.reached(), recovers, allOrNothing);
    }

    private static boolean isUnanswered(SubscribeRequest request, Terms terms) {
        SubscribeRequest.Replay replay = request.replay();
        return request.recover() != null || replay != null && replay.whole() && !terms.replayed;
    }

    private static List<Publication> wanted(Subscription subscription, List<Publication> past) {
        return past.stream().filter(subscription.selection()::includes).toList();
    }

    /** Returns true if the filter drops the latest publication, and an older one may be the client's latest. */
    private static boolean lacksLatest(Subscription subscription, CatchUp past) {
        return subscription.options().recoveryMode() == RecoveryMode.CACHE
                && subscription.selection().isFiltered()
                && !past.publications().isEmpty();
    }

    /** Refuses a channel that is for other users. */
    void requireMeant(Identity identity, String channel) {
        if (!node.access().isMeantFor(identity, channel)) {
            throw ClientError.PERMISSION_DENIED.because(
                    new Reason("users", "the name of the channel lists after its last # the users that may be in it"));
        }
    }

    /** Refuses a channel of a token or of the application whose namespace no rule names. */
    private void requireKnown(String channel) {
        ChannelReader.requireKnown(node, channel);
    }

    /**
     * Enters all channels of the identity, or none if one of them fails. Enters the others as far
     * as the client may be in so many channels.
     *
     * @param before where the client was in the channels; null for no recovery
     */
    CompletionStage<List<Prepared>> prepareAll(
            Identity identity, List<String> others, Map<String, @Nullable Position> before) {
        identity.channels().keySet().forEach(channel -> {
            requireKnown(channel);
            requireMeant(identity, channel);
        });
        Map<String, SubscribeGrant> grants = new LinkedHashMap<>(identity.channels());
        others.stream()
                .filter(channel -> !grants.containsKey(channel))
                .limit(node.limits().channels() - grants.size())
                .forEach(channel -> grants.putIfAbsent(channel, SubscribeGrant.PLAIN));
        List<CompletableFuture<Prepared>> all = new ArrayList<>();
        grants.forEach((channel, grant) -> all.add(started(identity, channel, grant, before.get(channel))));
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenApply(done -> all.stream().map(CompletableFuture::join).toList())
                .whenComplete((prepared, failure) -> {
                    if (failure != null) {
                        subscriptions.leaveAll();
                    }
                });
    }

    /**
     * Returns a failed stage if the server's request is refused, so that the client leaves the
     * other channels.
     */
    private CompletableFuture<Prepared> started(
            Identity identity, String channel, SubscribeGrant grant, @Nullable Position since) {
        try {
            return prepareForServer(identity, channel, grant, since).toCompletableFuture();
        } catch (ClientError | Disconnect refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /** Enters the channel as the server asks; recovers from the position unless it is null. */
    CompletionStage<Prepared> prepareForServer(
            Identity identity, String channel, SubscribeGrant grant, @Nullable Position since) {
        Set<Wish> wishes = grant.override().forbidsRecovery() ? Set.of() : Set.of(Wish.RECOVERABLE);
        SubscribeRequest request = new SubscribeRequest(channel, "", wishes, since, null, Echo.ON);
        return prepare(identity, request, grant, Origin.SERVER);
    }

    /**
     * Sends the answer and makes the subscription live. If the frames are null or too large, asks
     * for the frames of an answer without publications.
     */
    CompletionStage<?> goLive(Prepared prepared, Function<SubscribeResult, @Nullable List<Frame>> answer) {
        Prepared given = prepared;
        List<Frame> frames = answer.apply(prepared.result());
        if (frames == null
                || frames.stream().mapToInt(Frame::size).sum() > node.limits().answerBytes()) {
            if (prepared.allOrNothing()) {
                count(prepared.recovers(), Recovery.FAILED);
                return subscriptions
                        .leave(prepared.subscription())
                        .thenCompose(left -> CompletableFuture.failedStage(ClientError.UNRECOVERABLE_POSITION));
            }
            given = prepared.withoutPast();
            frames = Objects.requireNonNull(answer.apply(given.result()));
        }
        return goLive(given, frames) || client.isEnded()
                ? CompletableFuture.completedStage(null)
                : CompletableFuture.failedStage(ClientError.INTERNAL); // the server unsubscribed it
    }

    /**
     * Makes a subscription of the server live as {@link #goLive(Prepared, Function)} does, and
     * tells the client.
     */
    CompletionStage<?> goLive(Prepared prepared) {
        String channel = prepared.subscription().channel();
        return goLive(prepared, result -> pushes(channel, result));
    }

    /** Returns null if the protocol cannot carry one of the publications. */
    private @Nullable List<Frame> pushes(String channel, SubscribeResult result) {
        List<Frame> pushes = new ArrayList<>();
        Frame subscribed = client.encoding().subscribe(channel, result);
        if (subscribed != null) {
            pushes.add(subscribed);
        }
        for (Publication publication : result.publications()) {
            Frame push = client.encoding().publication(channel, publication);
            if (push == null) {
                return null;
            }
            pushes.add(push);
        }
        return pushes;
    }

    /**
     * Sends one answer for all subscriptions as {@link #goLive(Prepared, Function)} does, and makes
     * them live.
     */
    void goLive(List<Prepared> all, Function<Map<String, SubscribeResult>, @Nullable Frame> answer) {
        List<Prepared> given = all;
        Frame frame = answer.apply(results(all));
        if (frame == null || frame.size() > node.limits().answerBytes()) {
            given = all.stream().map(Prepared::withoutPast).toList();
            frame = Objects.requireNonNull(answer.apply(results(given)));
        }
        client.send(frame);
        given.forEach(prepared -> goLive(prepared, List.of()));
    }

    private static Map<String, SubscribeResult> results(List<Prepared> all) {
        Map<String, SubscribeResult> results = new LinkedHashMap<>();
        all.forEach(prepared -> results.put(prepared.subscription().channel(), prepared.result()));
        return results;
    }

    private boolean goLive(Prepared prepared, List<Frame> answer) {
        boolean live = hub.goLive(prepared.subscription(), answer, prepared.reached());
        if (live) {
            count(prepared.recovers(), prepared.result().recovery());
            client.footprint.subscribed(prepared.subscription().channel());
            subscriptions.announceJoin(prepared.subscription());
        }
        return live;
    }

    private void count(boolean recovers, Recovery outcome) {
        if (recovers) {
            node.counters().recoveries().count(outcome == Recovery.RECOVERED ? "recovered" : "failed");
        }
    }
}
