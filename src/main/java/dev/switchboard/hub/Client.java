package dev.switchboard.hub;

import dev.switchboard.hub.Subscription.Origin;
import dev.switchboard.hub.Subscriptions.Prepared;
import dev.switchboard.limits.Admission;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.ConnectGrant;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.ConnectResult;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Identity;
import dev.switchboard.model.LogText;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.Position;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.AccessPolicy.Right;
import dev.switchboard.spi.Application.Caller;
import dev.switchboard.spi.Encoding;
import dev.switchboard.spi.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection, and every verb it may use.
 *
 * <p>It ends exactly once, whoever comes first: {@link #disconnect} from our side or {@link #closed} from the other. After that its verbs
 * are refused by {@link Disconnect#CLOSED} or do nothing. All methods may be called from any thread, and none of them blocks but
 * {@link #disconnectNow}; {@link #connect}, {@link #subscribe}, {@link #unsubscribe} and the renewals are for one thread at a time, each
 * after the one before has completed.
 *
 * <p>A verb is refused by a {@link ClientError} or a {@link Disconnect}, thrown or as the failure of its stage.
 */
public final class Client implements Recipient {

    private static final System.Logger LOG = System.getLogger(Client.class.getName());

    /** The largest presence that is told by name; a larger one is told by number. */
    private static final int MAX_PRESENT = 1000;

    /** When that clock shows that time the client is disconnected, unless something happens before. */
    private record Deadline(LongSupplier clock, long at, Disconnect why) {

        static Deadline in(Duration delay, LongSupplier clock, Disconnect why) {
            return new Deadline(clock, clock.getAsLong() + delay.toNanos(), why);
        }

        boolean isOver() {
            return clock.getAsLong() - at > 0;
        }
    }

    /** How it ended. */
    private record Farewell(int code, String reason) {}

    private final String id = UUID.randomUUID().toString();
    private final Hub hub;
    private final Node node;
    private final Authorizer consent;
    private final Transport transport;
    private final Admission.Place place;
    private final Protocol protocol;
    private final Encoding encoding;
    private final Outbox outbox;
    private final Heartbeat pulse;
    private final Subscriptions subscriptions;
    private final Renewals renewals;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean missed = new AtomicBoolean();
    private volatile Identity identity = Identity.ANONYMOUS;
    private volatile Map<String, String> said = Map.of(); // headers of its connect command
    private volatile boolean known; // the application may have heard of it
    private volatile @Nullable Farewell farewell;
    private volatile CompletionStage<?> answered = CompletableFuture.completedStage(null);
    private volatile @Nullable Deadline deadline;
    private volatile @Nullable Deadline message; // until when the one that is on its way must be here

    Client(Hub hub, Node node, Transport transport, Protocol protocol) {
        this.hub = hub;
        this.node = node;
        this.consent = hub.consent();
        this.transport = transport;
        Admission.Place taken = transport.place();
        this.place = taken == null ? node.admission().enter(transport.peer()) : taken;
        this.protocol = protocol;
        this.encoding = protocol.encoding();
        this.outbox = new Outbox(transport, encoding, node, this::writeFailed);
        this.renewals = new Renewals(this, node);
        this.subscriptions = new Subscriptions(this, hub, node, renewals);
        this.pulse = encoding.ping() instanceof Frame.Ping
                ? new IdleHeartbeat(outbox, node)
                : new PeriodicHeartbeat(this::ping, node);
    }

    public String id() {
        return id;
    }

    public boolean isEnded() {
        return ended.get();
    }

    @Override
    public Outbox outbox() {
        return outbox;
    }

    Encoding encoding() {
        return encoding;
    }

    // What the transport brings.

    /** The transport opened. */
    void open() {
        serve(() -> protocol.open(this));
    }

    /** The transport heard from the other side: a part of a message, or a pong. */
    public void heard() {
        pulse.received();
    }

    /** Takes note of a part of a message that is not the last; the transport holds {@code held} bytes. */
    public void receiving(int held) {
        if (message == null) {
            message = Deadline.in(node.limits().messageTime(), node.uptime(), Disconnect.SLOW);
        }
        outbox.arrived(held);
        hub.relieve();
    }

    /** The transport brought a whole message. */
    public void receive(Frame frame) {
        if (message != null) {
            message = null;
            outbox.arrived(0);
        }
        if (!isEnded()) {
            serve(() -> protocol.receive(this, frame));
        }
    }

    /**
     * Runs the task. All that the client is sent meanwhile leaves together, if its protocol can join it.
     * The client fails by what the task throws.
     */
    public void serve(Runnable task) {
        boolean writer = encoding.batchSize() > 1 && outbox.claim();
        try {
            task.run();
        } catch (Throwable failure) {
            failed(failure);
        }
        if (writer) {
            outbox.write();
        }
    }

    /** Runs the task as {@link #serve} does, on a thread that all clients share, after what waits for one. */
    public void serveLater(Runnable task) {
        node.writers().execute(() -> serve(task));
    }

    /**
     * Something went wrong while it was served: a {@link Disconnect} is carried out, anything else is a fault of ours. Containers disagree on
     * what an exception does to a session, so none gets there.
     */
    @Override
    public void failed(Throwable failure) {
        if (failure instanceof Disconnect why) {
            disconnect(why);
            return;
        }
        node.journal().execute(() -> LOG.log(System.Logger.Level.ERROR, "client=" + id + ": internal error", failure));
        node.counters().internalErrors().count("client");
        disconnect(Disconnect.INTERNAL_ERROR);
    }

    // Identity.

    /** It says who it is, and nothing more comes of it. */
    public CompletionStage<?> identify(String token) {
        return welcome(token, ConnectRequest.NONE).thenAccept(welcome -> {
            identified(welcome.who());
            place.admit();
            deadline = expiry(welcome.who().ttl());
        });
    }

    private CompletionStage<ConnectGrant> welcome(String token, ConnectRequest words) {
        said = renewals.passedOn(words.headers());
        return consent.connect(caller(), transport.peer().login(), token, words);
    }

    /** It asks last whether it may be here: whoever forbids it finds it among the clients of that user, or is found here. */
    private void identified(Identity who) {
        identity = who;
        welcomed();
        place.identify(who.user());
        hub.identified(this, who.user());
        node.revocations().require(identity);
    }

    /** Returns whether this client is one of the recipients. */
    boolean isMeant(ClientSelector who) {
        return (who.user().isEmpty() || identity.user().equals(who.user()))
                && (who.client().isEmpty() || id.equals(who.client()))
                && (who.session().isEmpty() || protocol.session().equals(who.session()));
    }

    /** Ends what it has no right to any more. */
    void dropRevoked() {
        Disconnect refusal = node.revocations().refusal(identity);
        if (refusal == null) {
            subscriptions.dropRevoked(identity.user());
        } else {
            disconnect(refusal);
        }
    }

    /** The application is told when it has ended, also if that was while it was asked who comes. */
    private void welcomed() {
        known = true;
        tellEnd();
    }

    private void tellEnd() {
        Farewell end = farewell;
        if (known && end != null && missed.compareAndSet(false, true)) {
            node.application().disconnected(caller(), end.code, end.reason);
        }
    }

    Caller caller() {
        Peer peer = transport.peer();
        return new Caller(
                id,
                identity.user(),
                peer.address(),
                transport.name(),
                encoding.name(),
                peer.headers(),
                said,
                identity.meta());
    }

    /** It must {@link #connect} in time. */
    public void awaitConnect() {
        deadline = Deadline.in(node.limits().connectTimeout(), node.uptime(), Disconnect.STALE);
        place.await();
    }

    /**
     * It says who it is and is subscribed to the channels that go with that; {@code answer} makes the frame that it gets before anything of
     * those channels, and may be called a second time as in {@link #subscribe}.
     *
     * @param token empty for none
     * @param words what the application is to know, null for nothing
     * @param before the channels in which the server had it before, each with its position, null for one that is not to recover. It comes
     *     back to those that its identity names, and to those in which it may be without a token and without the application's word
     */
    public CompletionStage<?> connect(
            String token,
            @Nullable ConnectRequest words,
            Map<String, @Nullable Position> before,
            Function<ConnectResult, @Nullable Frame> answer) {
        return welcome(token, words == null ? ConnectRequest.NONE : words).thenCompose(welcome -> {
            Identity who = welcome.who();
            identified(who);
            if (who.channels().size() > node.limits().channels()) {
                throw Disconnect.CHANNEL_LIMIT;
            }
            return consent.open(id, who, mayReturn(who, token) ? before.keySet() : Set.of())
                    .thenCompose(open -> subscriptions.prepareAll(who, open, before))
                    .thenAccept(prepared -> connected(welcome, prepared, answer));
        });
    }

    /** Where the application says who comes, it also says to which channels. */
    private boolean mayReturn(Identity who, String token) {
        return who.isAnonymous() || !token.isEmpty() || transport.peer().login() != null;
    }

    private void connected(
            ConnectGrant welcome, List<Prepared> prepared, Function<ConnectResult, @Nullable Frame> answer) {
        deadline = expiry(welcome.who().ttl());
        place.admit();
        Frame frame = answer.apply(result(welcome, prepared));
        if (frame == null || frame.size() > node.limits().answerBytes()) {
            List<Prepared> withoutPast =
                    prepared.stream().map(Prepared::withoutPast).toList();
            frame = Objects.requireNonNull(answer.apply(result(welcome, withoutPast)));
        }
        send(frame);
        prepared.forEach(one -> subscriptions.goLive(one, List.of()));
        pulse.start();
    }

    private ConnectResult result(ConnectGrant welcome, List<Prepared> prepared) {
        Map<String, SubscribeResult> results = new LinkedHashMap<>();
        prepared.forEach(one -> results.put(one.subscription().channel(), one.result()));
        return new ConnectResult(
                id, welcome.renewal(), Math.max(1, node.limits().pingInterval().toSeconds()), results, welcome.data());
    }

    /**
     * It stays who it is for longer, also if that had no end; completes with the seconds, 0 for ever. Others see the info of the token from
     * now on.
     */
    public CompletionStage<Long> refresh(String token) {
        if (token.isEmpty()) {
            throw Disconnect.badRequest("a refresh without a token");
        }
        return renewal(node.access().identify(null, token), Disconnect.EXPIRED, Disconnect.INVALID_TOKEN)
                .thenApply(now -> {
                    Identity before = identity; // which may have changed while the token was verified
                    if (!now.user().equals(before.user())) {
                        throw Disconnect.INVALID_TOKEN;
                    }
                    if (!now.channels().keySet().equals(before.channels().keySet())) {
                        throw Disconnect.INSUFFICIENT_STATE;
                    }
                    Identity renewed = now.after(before);
                    identity = renewed;
                    node.revocations().require(renewed);
                    deadline = expiry(renewed.ttl());
                    subscriptions.describe(renewed);
                    return renewed.ttl();
                });
    }

    /**
     * The server says for how many seconds more it may stay who it is, 0 for ever, and tells it. Others see {@code info} of it from now on,
     * or what they saw before if that is null.
     */
    public void extend(long ttl, @Nullable String info) {
        Identity extended = identity.holding(ttl, info);
        identity = extended;
        deadline = expiry(ttl);
        subscriptions.describe(extended);
        Frame push = encoding.refresh(ttl);
        if (push != null) {
            send(push);
        }
    }

    /** The same stage, but with other answers to a token that is out of its time and to one that is none. */
    private static <T> CompletionStage<T> renewal(
            CompletionStage<T> verified, RuntimeException ifExpired, RuntimeException ifInvalid) {
        return verified.exceptionallyCompose(failure -> {
            Throwable cause = Failure.cause(failure);
            boolean invalid = cause.equals(ClientError.UNAUTHORIZED) || cause.equals(ClientError.PERMISSION_DENIED);
            return CompletableFuture.failedStage(
                    cause.equals(ClientError.TOKEN_EXPIRED) ? ifExpired : invalid ? ifInvalid : cause);
        });
    }

    private @Nullable Deadline expiry(long ttl) {
        return ttl == 0 ? null : Deadline.in(renewals.connection(ttl), node.nanoTime(), Disconnect.EXPIRED);
    }

    /** It has expired, and the application says whether it may stay. */
    private void renew() {
        deadline = null;
        renewals.connection(caller(), renewed -> {
            Identity now = identity.renewed(renewed);
            identity = now;
            node.revocations().require(now);
            deadline = expiry(renewed.ttl());
            subscriptions.describe(now);
        });
    }

    // Channels.

    /** Whether the channel's namespace exists. */
    public boolean knows(String channel) {
        return node.access().knows(channel);
    }

    /**
     * Hears the channel from now on; {@code answer} makes the frames that the client gets before anything of that channel. It may be called a
     * second time, without a past, if it answers null because its protocol cannot carry a publication, or if the frames are too large.
     */
    public CompletionStage<?> subscribe(
            SubscribeRequest request, Function<SubscribeResult, @Nullable List<Frame>> answer) {
        subscriptions.requireRoom(request.channel());
        return consent.subscribe(caller(), identity, request.channel(), request.token(), request.data())
                .thenCompose(grant -> subscriptions.prepare(identity, request, grant, Origin.CLIENT))
                .thenCompose(prepared -> subscriptions.goLive(prepared, answer));
    }

    /** Returns false if the client is in the channel or is bound to one channel. */
    boolean canEnter(String channel) {
        return choosesChannels() && subscriptions.get(channel) == null;
    }

    /** Returns true for a client that subscribes to channels, false for one that is bound to a channel. */
    public boolean choosesChannels() {
        return protocol.channel() == null;
    }

    /**
     * Subscribes the client for the server and tells it. The client gets what was published after
     * {@code since} if all of that is there; null for nothing.
     */
    public CompletionStage<?> subscribe(String channel, SubscribeGrant grant, @Nullable Position since) {
        subscriptions.requireMeant(identity, channel);
        subscriptions.requireRoom(channel);
        return subscriptions
                .prepare(identity, Subscriptions.byServer(channel, since, grant), grant, Origin.SERVER)
                .thenCompose(prepared -> subscriptions.goLive(prepared, result -> pushes(channel, result)));
    }

    /** Returns null if the protocol cannot carry one of the publications. */
    private @Nullable List<Frame> pushes(String channel, SubscribeResult result) {
        List<Frame> pushes = new ArrayList<>();
        Frame subscribed = encoding.subscribe(channel, result);
        if (subscribed != null) {
            pushes.add(subscribed);
        }
        for (Publication publication : result.publications()) {
            Frame push = encoding.publication(channel, publication);
            if (push == null) {
                return null;
            }
            pushes.add(push);
        }
        return pushes;
    }

    /** It stays in the channel for longer; completes with the seconds, 0 for ever. */
    public CompletionStage<Long> refresh(String channel, String token) {
        Subscription subscription = subscriptions.get(channel);
        if (subscription == null) {
            throw ClientError.PERMISSION_DENIED;
        }
        if (token.isEmpty()) {
            throw ClientError.BAD_REQUEST;
        }
        return renewal(
                        node.access().admit(identity, id, channel, token),
                        ClientError.RENEWAL_EXPIRED,
                        Disconnect.INVALID_TOKEN)
                .thenApply(grant -> {
                    subscriptions.renew(subscription, identity.user(), grant);
                    subscriptions.describe(subscription, subscription.info().connInfo(), grant.info());
                    return grant.ttl();
                });
    }

    /** Hears the channel no more, if it did; when the stage completes nobody sees it there. */
    public CompletionStage<?> unsubscribe(String channel) {
        return subscriptions.leave(channel);
    }

    /** The server takes it out of the channel, if it is in, and tells it; completes when nobody sees it there. */
    public CompletionStage<?> unsubscribe(String channel, Unsubscribe why) {
        Subscription subscription = subscriptions.get(channel);
        return subscription == null ? CompletableFuture.completedStage(null) : subscriptions.takeOut(subscription, why);
    }

    /** Completes when the publication is on its way to everybody. */
    public CompletionStage<?> publish(String channel, Payload data) {
        requireToPublish(channel);
        Subscription subscription = subscriptions.get(channel);
        Publication publication = new Publication(
                data, infoIn(subscription), null, Map.of(), subscription == null ? "" : subscription.sender());
        Publisher.Progress progress =
                hub.publisher().publish(this::caller, channel, publication, () -> requireToPublish(channel));
        answered = progress.handedOver();
        return progress.position();
    }

    private void requireToPublish(String channel) {
        if (isEnded()) {
            throw Disconnect.CLOSED;
        }
        require(Right.PUBLISH, channel);
    }

    /** Calls a method of the application; null if it answers nothing. */
    public CompletionStage<@Nullable Payload> rpc(String method, @Nullable Payload data) {
        return inOrder(node.application().rpc(caller(), method, data));
    }

    private <T> CompletionStage<T> inOrder(CompletionStage<T> answer) {
        answered = answer.handle((done, failure) -> null);
        return answer;
    }

    /** Completes when what the application was asked for this client is done; what the client asks for next must wait for it. Never fails. */
    public CompletionStage<?> answered() {
        return answered;
    }

    /** Whether it may do this in the channel. */
    public boolean may(Right right, String channel) {
        return node.access().allows(right, identity, channel, subscriptions.get(channel) != null);
    }

    private void require(Right right, String channel) {
        if (!may(right, channel)) {
            throw ClientError.PERMISSION_DENIED;
        }
    }

    private ClientInfo infoIn(@Nullable Subscription subscription) {
        return subscription == null ? new ClientInfo(id, identity.user(), identity.info(), null) : subscription.info();
    }

    /** Completes with the clients of the channel, by client id. */
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        return everybody(channel).thenApply(present -> {
            long texts = present.values().stream().mapToLong(ClientInfo::size).sum();
            if (present.size() > MAX_PRESENT || texts > node.limits().answerBytes()) {
                throw ClientError.LIMIT_EXCEEDED;
            }
            return present;
        });
    }

    /** How many are in the channel. */
    public CompletionStage<PresenceStats> presenceStats(String channel) {
        return everybody(channel).thenApply(PresenceStats::of);
    }

    private CompletionStage<Map<String, ClientInfo>> everybody(String channel) {
        if (!node.access().options(channel).presence()) {
            throw ClientError.NOT_AVAILABLE;
        }
        require(Right.PRESENCE, channel);
        return node.engine().presence(channel);
    }

    /** A page of the channel's past, possibly shorter than asked for; a negative limit asks for as much as there may be. */
    public CompletionStage<History> history(String channel, HistoryQuery query) {
        Retention retention = node.access().options(channel).retention();
        if (!retention.keeps()) {
            throw ClientError.NOT_AVAILABLE;
        }
        require(Right.HISTORY, channel);
        return node.engine()
                .history(channel, query.atMost(CatchUp.MAX_PUBLICATIONS), retention)
                .thenApply(page -> new History(
                        CatchUp.fitting(page.publications(), node.limits().answerBytes()), page.top()));
    }

    // What it is sent.

    /** Something of the server's for this client alone. */
    public void message(Payload data) {
        Frame frame = encoding.message(data);
        if (frame != null) {
            send(frame);
        }
    }

    /** Completes when there is room for an answer, however large; until then it is better not to ask for one. */
    public CompletionStage<?> room() {
        return outbox.room();
    }

    /** Returns false for an answer that is too large for a client to wait for. */
    public boolean fits(Frame answer) {
        return answer.size() <= node.limits().answerBytes();
    }

    /** Sends an answer as {@link #send} does, unless it is too large for a client to wait for: that is refused. */
    public void answer(Frame frame) {
        if (!fits(frame)) {
            throw ClientError.LIMIT_EXCEEDED;
        }
        send(frame);
    }

    /** So much of what it sent waits for answers to what came before, in bytes; memory only. */
    public void sentAhead(int waiting) {
        outbox.sentAhead(waiting);
    }

    /** Nothing waits for it. */
    boolean hasRead() {
        return outbox.isIdle() || isEnded();
    }

    /** Sends to this client alone, after all that waits for it already. */
    public void send(Frame frame) {
        Dispatch dispatch = hub.dispatch();
        dispatch.offer(this, frame);
        dispatch.run();
    }

    /** Limits what the kernel buffers for this client. */
    void limitBuffering() {
        transport.limitBuffering();
    }

    /** Asks for a sign of life, before all that waits. */
    void ping() {
        Frame ping = encoding.ping();
        if (outbox.offerFirst(ping) == Outbox.Offer.READY) {
            outbox.write(ping);
        }
    }

    /** It answered a ping in the words of its protocol. */
    public void pong() {
        pulse.answered();
    }

    // Its end.

    /** Ends the connection from our side: what waits is dropped, the close itself happens in the background. */
    @Override
    public void disconnect(Disconnect why) {
        if (end(why)) {
            node.background().execute(() -> transport.close(why, word(why)));
        }
    }

    /**
     * Ends the connection as {@link #disconnect} does, but before this returns, so that nothing the client sent after is answered. For the
     * thread alone that brings what it sends; may block for a moment.
     */
    public void disconnectNow(Disconnect why) {
        if (end(why)) {
            transport.close(why, word(why));
        }
    }

    /**
     * Ends the connection as {@link #disconnect} does, but after what waits for the client is written.
     * The client is sent nothing more.
     */
    public void finish(Disconnect why) {
        outbox.finish().thenRun(() -> disconnect(why));
    }

    private @Nullable Frame word(Disconnect why) {
        return why.isSilent() ? null : encoding.disconnect(why);
    }

    /** The connection has ended from the other side or through the container, with this code and this reason, which may be empty. */
    public void closed(int code, String reason) {
        end(code, reason, "client");
    }

    private boolean end(Disconnect why) {
        return end(why.code(), why.reason(), Integer.toString(why.code()));
    }

    /** True for the one call that ended the client. */
    private boolean end(int code, String reason, String counted) {
        if (!ended.compareAndSet(false, true)) {
            return false;
        }
        farewell = new Farewell(code, reason);
        tellEnd();
        outbox.close();
        subscriptions.end();
        hub.remove(this, identity.user());
        place.leave();
        node.counters().disconnects().count(counted);
        node.journal()
                .execute(() -> LOG.log(
                        System.Logger.Level.INFO,
                        () -> "disconnect " + describe() + " code=" + code + " reason=" + LogText.quote(reason)));
        return true;
    }

    void logConnect() {
        node.journal().execute(() -> LOG.log(System.Logger.Level.INFO, () -> "connect " + describe()));
    }

    private String describe() {
        String channel = protocol.channel();
        String user = identity.user();
        String address = transport.peer().address();
        return "client=" + id
                + (address.isEmpty() ? "" : " address=" + address)
                + (user.isEmpty() ? "" : " user=" + LogText.quote(user))
                + (channel == null ? "" : " channel=" + LogText.quote(channel));
    }

    /** Called by the watchdog: ends a client that moves nothing or whose time is over, and asks whether it is there. */
    void check() {
        Disconnect overdue = overdue();
        if (overdue != null) {
            disconnect(overdue);
        } else {
            pulse.beat();
        }
    }

    private @Nullable Disconnect overdue() {
        Disconnect slow = outbox.overdue();
        if (slow != null) {
            return slow;
        }
        if (pulse.isGone()) {
            return Disconnect.NO_PONG;
        }
        for (Deadline known : new @Nullable Deadline[] {deadline, message}) {
            if (known == null || !known.isOver()) {
                continue;
            }
            if (known.why != Disconnect.EXPIRED || !renewals.ofConnections()) {
                return known.why;
            }
            renew();
        }
        return subscriptions.dropExpired();
    }

    private void writeFailed(Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "client=" + id + ": write failed", failure);
        disconnect(Disconnect.WRITE_ERROR);
    }
}
