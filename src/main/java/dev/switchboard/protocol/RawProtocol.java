package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Echo;
import dev.switchboard.hub.Encoding;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Limits;
import dev.switchboard.hub.Payload;
import dev.switchboard.hub.Peer;
import dev.switchboard.hub.Position;
import dev.switchboard.hub.Protocol;
import dev.switchboard.hub.SubscribeRequest;
import dev.switchboard.hub.SubscribeRequest.Replay;
import dev.switchboard.hub.SubscribeRequest.Wish;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Raw forwarding: one connection is one client of one channel, and every frame it sends is a publication as it stands.
 *
 * <p>Its parameters: with {@code echo=true} the client hears its own frames as well; with {@code sender=NAME} it does not hear those that any
 * client sent under that name; with {@code history=N} it begins with the newest N
 * publications, with {@code since=OFFSET} with those after that offset.
 */
public final class RawProtocol implements Protocol {

    private static final String COUNT = "\\d{1,18}";

    private final String channel;
    private final Map<String, List<String>> parameters;
    private final @Nullable String greeting;
    private final BooleanSupplier quota;
    private final RawEncoding encoding;
    private final @Nullable Position reached;
    private @Nullable CommandQueue queue;

    /** {@code greeting}, if any, is the first frame that the client gets. */
    public RawProtocol(String channel, Map<String, List<String>> parameters, @Nullable String greeting) {
        this(channel, parameters, greeting, () -> true);
    }

    /** {@code quota} says of each message whether it is not one too many. */
    public RawProtocol(
            String channel, Map<String, List<String>> parameters, @Nullable String greeting, BooleanSupplier quota) {
        this(channel, parameters, greeting, quota, RawEncoding.INSTANCE, null);
    }

    private RawProtocol(
            String channel,
            Map<String, List<String>> parameters,
            @Nullable String greeting,
            BooleanSupplier quota,
            RawEncoding encoding,
            @Nullable Position reached) {
        this.channel = channel;
        this.parameters = parameters;
        this.greeting = greeting;
        this.quota = quota;
        this.encoding = encoding;
        this.reached = reached;
    }

    /**
     * For a client that hears events and sends nothing; {@code lastEventId} is what it got last before its connection broke, empty if it comes for
     * the first time.
     */
    public static RawProtocol events(
            String channel, Map<String, List<String>> parameters, @Nullable String greeting, String lastEventId) {
        return new RawProtocol(
                channel,
                parameters,
                greeting,
                () -> false,
                EventEncoding.INSTANCE,
                EventEncoding.position(lastEventId));
    }

    /** Publishes one message of somebody who does not stay; of the parameters {@code sender} counts. A {@link ClientError} or a {@link Disconnect} says why not. */
    public static CompletionStage<@Nullable Position> publish(
            Hub hub, Peer from, String channel, Map<String, List<String>> parameters, Frame message) {
        if (ChannelName.fault(channel) != null) {
            throw ClientError.BAD_REQUEST;
        }
        String sender =
                Sender.checked(parameters.getOrDefault(Sender.NAME, List.of("")).get(0));
        return hub.publish(from, channel, Payload.opaque(message), sender);
    }

    @Override
    public String channel() {
        return channel;
    }

    @Override
    public Encoding encoding() {
        return encoding;
    }

    @Override
    public void open(Client client) {
        String fault = ChannelName.fault(channel);
        if (fault != null) {
            throw Disconnect.badRequest(fault);
        }
        Set<Wish> wishes = encoding == RawEncoding.INSTANCE ? Set.of() : Set.of(Wish.RECOVERABLE);
        SubscribeRequest request = new SubscribeRequest(
                channel,
                "",
                wishes,
                reached,
                reached == null ? replay() : null,
                echo(),
                Sender.checked(parameter(Sender.NAME, "")));
        CommandQueue opened = new CommandQueue(client, failure -> refused(client, failure));
        queue = opened;
        opened.submit(
                0,
                () -> client.identify("")
                        .thenCompose(
                                known -> client.subscribe(request, result -> encoding.beginning(greeting, result))));
    }

    private Echo echo() {
        return switch (parameter("echo", "false")) {
            case "true" -> Echo.ON;
            case "false" -> Echo.OFF;
            default -> throw Disconnect.badRequest("echo is true or false");
        };
    }

    private @Nullable Replay replay() {
        if (!parameters.containsKey("since") && !parameters.containsKey("history")) {
            return null;
        }
        long limit = count("history", Integer.MAX_VALUE);
        return new Replay(count("since", 0), (int) Math.min(limit, Integer.MAX_VALUE));
    }

    private long count(String name, long absent) {
        String value = parameter(name, Long.toString(absent));
        if (!value.matches(COUNT)) {
            throw Disconnect.badRequest(name + " is a number");
        }
        return Long.parseLong(value);
    }

    private String parameter(String name, String absent) {
        return parameters.getOrDefault(name, List.of(absent)).get(0);
    }

    @Override
    public void receive(Client client, Frame frame) {
        if (!quota.getAsBoolean()) {
            throw Disconnect.TOO_MANY_REQUESTS;
        }
        Objects.requireNonNull(queue).submit(frame.size() + Limits.FRAME_OVERHEAD, () -> {
            CompletionStage<?> unused = client.publish(channel, Payload.opaque(frame))
                    .exceptionally(failure -> {
                        refused(client, failure);
                        return null;
                    });
            return CommandQueue.DONE; // the next one need not wait
        });
    }

    /** A raw client is not answered, so what is refused is its end. */
    private static void refused(Client client, Throwable failure) {
        Throwable cause = Client.cause(failure);
        if (cause == ClientError.PERMISSION_DENIED || cause == ClientError.UNAUTHORIZED) {
            client.disconnect(Disconnect.PERMISSION_DENIED);
        } else if (cause instanceof ClientError error && !error.isTemporary()) {
            client.disconnect(Disconnect.badRequest(error.text()));
        } else {
            client.failed(cause);
        }
    }
}
