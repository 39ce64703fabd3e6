package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Protocol;
import dev.switchboard.limits.Calls;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ConnectRequest;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Position;
import dev.switchboard.protocol.CommandQueue.Step;
import dev.switchboard.spi.Encoding;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * CentrifugeProtocol serves one client in the client protocol, in JSON or Protobuf: it reads the
 * commands, carries them out in their order, and answers errors. Any thread may bring a message.
 */
public final class CentrifugeProtocol implements Protocol {

    private static final System.Logger LOG = System.getLogger(CentrifugeProtocol.class.getName());

    private static final ClientError OUT_OF_RANGE =
            ClientError.BAD_REQUEST.because("a number of the command is out of its range");

    /**
     * The limits of one client.
     *
     * @param commands maximum commands per second
     * @param publishes maximum publications per second
     * @param errors maximum errors per minute
     * @param commandBytes maximum bytes of one command
     */
    public record Quota(int commands, int publishes, int errors, int commandBytes) {}

    private enum Phase {
        /** The client has not sent connect. */
        NEW,
        /** The client has sent connect. */
        CONNECTED,
        /**
         * Connect was answered with an error. The relay ignores further commands: client libraries
         * send subscribes behind the connect, and a terminal code would keep them from trying again
         * (protocol section 4).
         */
        REFUSED
    }

    /** The memory in bytes that a waiting message takes beside its text. */
    private static final int MESSAGE_OVERHEAD = 256;

    private final Framing framing;
    private final Quota quota;
    private final LongSupplier nanoTime;
    private final @Nullable Emulation emulation;
    private final CommandLimits limits;
    private final RequestHandler requests;
    private @Nullable CommandQueue queue;
    private volatile Phase phase = Phase.NEW;
    private volatile CompletableFuture<?> unanswered = CompletableFuture.completedFuture(null);

    private CentrifugeProtocol(Framing framing, Quota quota, LongSupplier nanoTime, @Nullable Emulation emulation) {
        this.framing = framing;
        this.quota = quota;
        this.nanoTime = nanoTime;
        this.emulation = emulation;
        this.limits = new CommandLimits(quota, nanoTime);
        this.requests = new RequestHandler(framing, limits);
    }

    /** Returns the protocol of one client that sends JSON. */
    public static CentrifugeProtocol json(Quota quota, LongSupplier nanoTime) {
        return new CentrifugeProtocol(JsonFraming.INSTANCE, quota, nanoTime, null);
    }

    /** Returns the protocol of one client that sends Protobuf. */
    public static CentrifugeProtocol protobuf(Quota quota, LongSupplier nanoTime) {
        return new CentrifugeProtocol(ProtobufFraming.INSTANCE, quota, nanoTime, null);
    }

    /**
     * Returns the protocol of a client without WebSocket, which has the session of the emulation.
     */
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

    /**
     * Returns a step for each command of the message. A malformed message becomes a step that
     * fails, so that the relay answers the commands before it.
     */
    private Iterator<? extends Step> steps(Client client, Frame message) {
        Iterator<? extends EncodedCommand> commands;
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
                EncodedCommand next = commands.next();
                return connected && next.isPong()
                        ? () -> CommandQueue.DONE
                        : () -> client.room().thenCompose(free -> execute(client, next.read()));
            }
        };
    }

    /**
     * Counts the pongs of a message at once. A pong that waited for its turn could come too late.
     */
    private static void takePongs(Client client, Iterator<? extends EncodedCommand> commands) {
        commands.forEachRemaining(command -> {
            if (command.isPong()) {
                client.pong();
            }
        });
    }

    /**
     * Ends the client. The queue carries out no further command. If the failure is a {@link
     * Disconnect}, the client first gets the replies to the commands that were carried out.
     */
    private void fail(Client client, Throwable failure) {
        if (!(failure instanceof Disconnect why)) {
            client.failed(failure);
        } else if (opened().stop()) {
            CompletableFuture<?> unused = unanswered.whenComplete((all, none) -> client.finish(why));
        }
    }

    /** Carries out a command. The stage completes when the next command may begin. */
    private CompletionStage<?> execute(Client client, Command command) {
        if (phase == Phase.REFUSED) {
            return CommandQueue.DONE;
        }
        Request request = command.request();
        if (request instanceof Request.Connect connect) {
            return connect(client, command, connect);
        }
        if (phase == Phase.NEW) {
            throw Disconnect.badRequest("connect comes first");
        }
        if (request instanceof Request.Send) {
            throw Disconnect.NOT_AVAILABLE; // a send gets no reply, not even an error
        }
        long begun = nanoTime.getAsLong();
        CompletableFuture<?> answered = attempt(() -> handle(client, command))
                .handle((done, failure) -> {
                    settle(client, command, begun, failure);
                    return null;
                })
                .toCompletableFuture();
        if (!answered.isDone()) {
            unanswered = CompletableFuture.allOf(unanswered, answered);
        }
        return request instanceof Request.Change ? answered : client.answered();
    }

    private CompletionStage<?> connect(Client client, Command command, Request.Connect request) {
        if (phase != Phase.NEW) {
            throw Disconnect.badRequest("connected already");
        }
        phase = Phase.CONNECTED;
        long begun = nanoTime.getAsLong();
        return attempt(() -> {
                    if (command.outOfRange()) {
                        throw OUT_OF_RANGE;
                    }
                    return client.connect(
                            request.token(),
                            new ConnectRequest(
                                    request.name(),
                                    request.version(),
                                    List.copyOf(request.subscriptions().keySet()),
                                    request.headers(),
                                    request.data()),
                            known(client, request.subscriptions()),
                            result -> framing.connected(command.id(), result, emulation));
                })
                .handle((done, failure) -> {
                    if (failure != null) {
                        phase = Phase.REFUSED;
                    }
                    settle(client, command, begun, failure);
                    return null;
                });
    }

    private static Map<String, @Nullable Position> known(Client client, Map<String, @Nullable Position> channels) {
        Map<String, @Nullable Position> known = new HashMap<>(channels);
        known.keySet().removeIf(channel -> ChannelName.fault(channel) != null || !client.knows(channel));
        return known;
    }

    private CompletionStage<?> handle(Client client, Command command) {
        Request request = command.request();
        // An unsubscribe always succeeds, or libraries drop the connection (protocol section 5.5).
        if (!(request instanceof Request.Pong || request instanceof Request.Unsubscribe)) {
            limits.countCommand();
        }
        if (command.outOfRange()) {
            throw OUT_OF_RANGE;
        }
        return requests.handle(client, command.id(), request);
    }

    /** Returns the stage, or a failed stage with what the attempt throws. */
    private static CompletionStage<?> attempt(Supplier<CompletionStage<?>> verb) {
        try {
            return verb.get();
        } catch (RuntimeException refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    /** Counts the command, and refuses it if it failed. */
    private void settle(Client client, Command command, long begun, @Nullable Throwable failure) {
        Calls.Call counted = client.commands().of(command.request().word());
        long nanos = nanoTime.getAsLong() - begun;
        if (failure == null) {
            counted.succeeded(nanos);
        } else {
            Throwable why = Failure.cause(failure);
            counted.failed(why instanceof Disconnect ? "disconnect" : error(why).label(), nanos);
            refuse(client, command, why);
        }
    }

    private static ClientError error(Throwable why) {
        return why instanceof ClientError refusal ? refusal : ClientError.INTERNAL;
    }

    /**
     * Answers with an error, or ends the client if that is the cause or if it has too many errors.
     */
    private void refuse(Client client, Command command, Throwable why) {
        if (why instanceof Disconnect) {
            fail(client, why);
            return;
        }
        if (!(why instanceof ClientError || why instanceof TimeoutException)) { // a timeout is logged
            LOG.log(System.Logger.Level.ERROR, "client=" + client.id() + ": a command failed", why);
        }
        ClientError error = error(why);
        if (command.request() instanceof Request.Connect) {
            client.connectRefused(error);
        } else {
            client.refused(command.request().word(), command.request().channel(), error);
        }
        if (limits.isOneTooMany(error)) {
            fail(client, Disconnect.TOO_MANY_ERRORS);
        } else {
            client.send(framing.error(command.id(), error));
        }
    }
}
