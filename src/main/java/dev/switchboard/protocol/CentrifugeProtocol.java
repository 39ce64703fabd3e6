package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Protocol;
import dev.switchboard.limits.RateLimit;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.protocol.Command.Method;
import dev.switchboard.protocol.CommandQueue.Step;
import dev.switchboard.spi.AccessPolicy.Right;
import dev.switchboard.spi.Encoding;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The client protocol, in either of its framings: turns commands into the verbs of the client, in their order, and answers each of them. */
public final class CentrifugeProtocol implements Protocol {

    private static final System.Logger LOG = System.getLogger(CentrifugeProtocol.class.getName());

    /**
     * How much a client may ask for.
     *
     * @param commands a second
     * @param publishes a second
     * @param errors a minute
     * @param commandBytes of one command
     */
    public record Quota(int commands, int publishes, int errors, int commandBytes) {}

    private enum Phase {
        /** It has not said who it is. */
        NEW,
        /** It is whom it says it is. */
        CONNECTED,
        /**
         * Its connect was answered with an error. Whatever it sends is ignored until it closes: client libraries send subscribes right behind
         * the connect, and an end for good would keep them from ever trying again (protocol section 4).
         */
        REFUSED
    }

    /** A message costs this much beside its bytes while it waits. */
    private static final int MESSAGE_OVERHEAD = 256;

    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    /** Of the flag of a subscribe: an error rather than a subscription that could not catch up. */
    private static final int REJECT_UNRECOVERED = 2;

    private static final Set<String> DELTAS = Set.of("", "fossil");

    private final Framing framing;
    private final Quota quota;
    private final LongSupplier nanoTime;
    private final @Nullable Emulation emulation;
    private final RateLimit commands;
    private final RateLimit publishes;
    private @Nullable CommandQueue queue;
    private volatile Phase phase = Phase.NEW;
    private volatile CompletableFuture<?> unanswered = CompletableFuture.completedFuture(null);
    private int errors;
    private long errorsSince;

    private CentrifugeProtocol(Framing framing, Quota quota, LongSupplier nanoTime, @Nullable Emulation emulation) {
        this.framing = framing;
        this.quota = quota;
        this.nanoTime = nanoTime;
        this.emulation = emulation;
        this.commands = new RateLimit(quota.commands(), nanoTime.getAsLong());
        this.publishes = new RateLimit(quota.publishes(), nanoTime.getAsLong());
    }

    /** In text messages. */
    public static CentrifugeProtocol json(Quota quota, LongSupplier nanoTime) {
        return new CentrifugeProtocol(JsonFraming.INSTANCE, quota, nanoTime, null);
    }

    /** In binary messages. */
    public static CentrifugeProtocol protobuf(Quota quota, LongSupplier nanoTime) {
        return new CentrifugeProtocol(ProtobufFraming.INSTANCE, quota, nanoTime, null);
    }

    /** The same for a connection whose commands come by requests of their own. */
    public CentrifugeProtocol emulated(Emulation by) {
        return new CentrifugeProtocol(framing, quota, nanoTime, by);
    }

    @Override
    public @Nullable String channel() {
        return null;
    }

    @Override
    public String session() {
        return emulation == null ? "" : emulation.session();
    }

    @Override
    public Encoding encoding() {
        return framing;
    }

    @Override
    public void open(Client client) {
        queue = new CommandQueue(client, failure -> fail(client, failure));
        client.awaitConnect();
    }

    @Override
    public void receive(Client client, Frame message) {
        try {
            opened().submit(MESSAGE_OVERHEAD + message.size(), steps(client, message));
        } catch (Disconnect tooMuch) {
            fail(client, tooMuch);
        }
    }

    private CommandQueue opened() {
        return Objects.requireNonNull(queue);
    }

    /** Ends the client for what is wrong with a message in its turn, so that the commands before it are answered. */
    private Iterator<? extends Step> steps(Client client, Frame message) {
        Iterator<? extends Encoded> commands;
        boolean connected = phase == Phase.CONNECTED;
        try {
            if (framing.isTooLarge(message, quota.commandBytes)) {
                throw Disconnect.MESSAGE_TOO_BIG;
            }
            commands = framing.commands(message);
            if (connected) {
                takePongs(client, framing.commands(message));
            }
        } catch (Disconnect fault) {
            return List.<Step>of(() -> CompletableFuture.failedStage(fault)).iterator();
        }
        return new Iterator<Step>() {
            @Override
            public boolean hasNext() {
                return commands.hasNext();
            }

            @Override
            public Step next() {
                Encoded next = commands.next();
                return connected && next.isPong()
                        ? () -> CommandQueue.DONE
                        : () -> client.room().thenCompose(free -> execute(client, next.read()));
            }
        };
    }

    /** An answer to a ping does not wait for its turn: it was asked for in time. */
    private static void takePongs(Client client, Iterator<? extends Encoded> commands) {
        commands.forEachRemaining(command -> {
            if (command.isPong()) {
                client.pong();
            }
        });
    }

    /** Carries out nothing more. A client that broke a rule gets the answers to what was carried out before. */
    private void fail(Client client, Throwable failure) {
        if (!(failure instanceof Disconnect why)) {
            client.failed(failure);
        } else if (opened().stop()) {
            CompletableFuture<?> unused = unanswered.whenComplete((all, none) -> client.finish(why));
        }
    }

    /** Completes when the next command may be executed. */
    private CompletionStage<?> execute(Client client, Command command) {
        if (phase == Phase.REFUSED) {
            return CommandQueue.DONE;
        }
        if (command.method == Method.CONNECT) {
            return connect(client, command);
        }
        if (phase == Phase.NEW) {
            throw Disconnect.badRequest("connect comes first");
        }
        if (command.method == Method.SEND) {
            throw Disconnect.NOT_AVAILABLE; // it is never answered, so this is the only way to say that nobody hears it
        }
        CompletableFuture<?> answered = answer(client, command)
                .exceptionally(failure -> {
                    refuse(client, command.id, Failure.cause(failure));
                    return null;
                })
                .toCompletableFuture();
        if (!answered.isDone()) {
            unanswered = CompletableFuture.allOf(unanswered, answered);
        }
        return switch (command.method) {
            case SUBSCRIBE, UNSUBSCRIBE, REFRESH, SUB_REFRESH -> answered;
            default -> client.answered();
        };
    }

    private CompletionStage<?> connect(Client client, Command command) {
        if (phase != Phase.NEW) {
            throw Disconnect.badRequest("connected already");
        }
        phase = Phase.CONNECTED;
        return attempt(() -> {
                    if (command.outOfRange) {
                        throw ClientError.BAD_REQUEST;
                    }
                    return client.connect(
                            command.token,
                            new ConnectRequest(
                                    command.name,
                                    command.version,
                                    List.copyOf(command.before.keySet()),
                                    command.headers,
                                    command.data),
                            known(client, command.before),
                            result -> framing.connected(command.id, result, emulation));
                })
                .exceptionally(failure -> {
                    phase = Phase.REFUSED;
                    refuse(client, command.id, Failure.cause(failure));
                    return null;
                });
    }

    private static Map<String, @Nullable Position> known(Client client, Map<String, @Nullable Position> channels) {
        Map<String, @Nullable Position> known = new HashMap<>(channels);
        known.keySet().removeIf(channel -> ChannelName.fault(channel) != null || !client.knows(channel));
        return known;
    }

    private CompletionStage<?> answer(Client client, Command command) {
        return attempt(() -> {
            // An unsubscribe always succeeds: client libraries drop the connection otherwise (protocol section 5.5).
            if (command.method != Method.PONG && command.method != Method.UNSUBSCRIBE) {
                admit(commands);
            }
            if (command.outOfRange) {
                throw ClientError.BAD_REQUEST;
            }
            return perform(client, command);
        });
    }

    private static CompletionStage<?> attempt(Supplier<CompletionStage<?>> verb) {
        try {
            return verb.get();
        } catch (RuntimeException refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    private void admit(RateLimit limit) {
        if (!limit.take(nanoTime.getAsLong())) {
            throw limit.isIgnored() ? Disconnect.TOO_MANY_REQUESTS : ClientError.TOO_MANY_REQUESTS;
        }
    }

    private CompletionStage<?> perform(Client client, Command command) {
        long id = command.id;
        String channel = command.channel;
        return switch (command.method) {
            case SUBSCRIBE ->
                client.subscribe(subscribeRequest(client, command), result -> {
                    Frame answer = framing.subscribed(id, result);
                    return answer == null ? null : List.of(answer);
                });
            case UNSUBSCRIBE ->
                client.unsubscribe(present(channel)).thenRun(() -> client.send(framing.done(id, Method.UNSUBSCRIBE)));
            case PUBLISH -> publish(client, command).thenRun(() -> client.send(framing.done(id, Method.PUBLISH)));
            case PRESENCE ->
                client.presence(known(client, channel))
                        .thenAccept(everybody -> client.answer(framing.presence(id, everybody)));
            case PRESENCE_STATS ->
                client.presenceStats(known(client, channel))
                        .thenAccept(stats -> client.send(framing.presenceStats(id, stats.clients(), stats.users())));
            case HISTORY ->
                client.history(known(client, channel), historyQuery(command))
                        .thenAccept(page -> client.answer(history(client, id, page)));
            case REFRESH ->
                client.refresh(command.token).thenAccept(ttl -> client.send(framing.refreshed(id, client.id(), ttl)));
            case SUB_REFRESH ->
                subRefresh(client, command).thenAccept(ttl -> client.send(framing.subscriptionRefreshed(id, ttl)));
            case PING -> {
                client.send(framing.done(id, Method.PING));
                yield CommandQueue.DONE;
            }
            case PONG -> {
                client.pong();
                yield CommandQueue.DONE;
            }
            case RPC -> client.rpc(command.name, command.data).thenAccept(result -> client.answer(called(id, result)));
            case CONNECT, SEND -> throw new IllegalStateException("executed by itself: " + command.method);
        };
    }

    /** As much of the page as its client can be given: escapes may make it larger than its publications are. */
    private Frame history(Client client, long id, History page) {
        Frame answer = framing.history(id, page);
        return client.fits(answer) || page.publications().size() == 1 ? answer : history(client, id, page.half());
    }

    private Frame called(long id, @Nullable Payload result) {
        Frame answer = framing.called(id, result);
        if (answer == null) { // bytes for a client that speaks JSON
            throw ClientError.INTERNAL;
        }
        return answer;
    }

    private static SubscribeRequest subscribeRequest(Client client, Command command) {
        String channel = known(client, command.channel);
        if (!DELTAS.contains(command.delta)) {
            throw Disconnect.badRequest("unknown delta");
        }
        if (command.type != 0) { // maps and shared polls, section 17
            throw ClientError.NOT_AVAILABLE;
        }
        if (command.filtered) {
            throw ClientError.BAD_REQUEST;
        }
        Set<Wish> wishes = EnumSet.noneOf(Wish.class);
        add(Wish.POSITIONED, command.positioned, wishes);
        add(Wish.RECOVERABLE, command.recoverable, wishes);
        add(Wish.JOIN_LEAVE, command.joinLeave, wishes);
        add(Wish.ALL_OR_NOTHING, (command.flag & REJECT_UNRECOVERED) != 0, wishes);
        Position recover = command.recover ? command.position : null;
        return new SubscribeRequest(
                channel, command.token, wishes, recover, null, Echo.ON, SenderName.in(command.data), command.data);
    }

    private static void add(Wish wish, boolean wished, Set<Wish> to) {
        if (wished) {
            to.add(wish);
        }
    }

    private CompletionStage<?> publish(Client client, Command command) {
        String channel = known(client, command.channel);
        if (command.map) {
            throw ClientError.NOT_AVAILABLE;
        }
        Payload data = command.data;
        if (data == null) {
            throw ClientError.BAD_REQUEST;
        }
        admit(publishes);
        if (data.form() == Payload.Form.OPAQUE
                && client.may(Right.PUBLISH, channel)
                && !client.may(Right.PUBLISH_BINARY, channel)) {
            throw ClientError.BAD_REQUEST;
        }
        return client.publish(channel, data);
    }

    private static HistoryQuery historyQuery(Command command) {
        Position since = command.position;
        if (command.reverse && since != null && since.offset() == 0) {
            throw ClientError.BAD_REQUEST;
        }
        return new HistoryQuery(since, command.limit, command.reverse ? Order.NEWEST_FIRST : Order.OLDEST_FIRST);
    }

    private static CompletionStage<Long> subRefresh(Client client, Command command) {
        if (command.type != 0) {
            throw ClientError.NOT_AVAILABLE;
        }
        return client.refresh(present(command.channel), command.token);
    }

    private static String present(String channel) {
        if (channel.isEmpty()) {
            throw Disconnect.badRequest("a channel is missing");
        }
        return channel;
    }

    private static String known(Client client, String channel) {
        if (ChannelName.fault(present(channel)) != null) {
            throw ClientError.BAD_REQUEST;
        }
        if (!client.knows(channel)) {
            throw ClientError.UNKNOWN_CHANNEL;
        }
        return channel;
    }

    private void refuse(Client client, long id, Throwable why) {
        if (why instanceof Disconnect) {
            fail(client, why);
            return;
        }
        if (!(why instanceof ClientError || why instanceof TimeoutException)) { // who gave up waiting has said so
            LOG.log(System.Logger.Level.ERROR, "client=" + client.id() + ": a command failed", why);
        }
        ClientError error = why instanceof ClientError refusal ? refusal : ClientError.INTERNAL;
        if (isFault(error) && isOneTooMany()) {
            fail(client, Disconnect.TOO_MANY_ERRORS);
        } else {
            client.send(framing.error(id, error));
        }
    }

    /**
     * Not of the kind that comes to an honest client in numbers: when the server is in trouble, or all its tokens are out of their time, or the
     * application says no.
     */
    private static boolean isFault(ClientError error) {
        return !error.isTemporary() && !error.isOfApplication() && error != ClientError.TOKEN_EXPIRED;
    }

    private synchronized boolean isOneTooMany() {
        long now = nanoTime.getAsLong();
        if (errors == 0 || now - errorsSince > MINUTE) {
            errors = 0;
            errorsSince = now;
        }
        return ++errors > quota.errors();
    }
}
