package dev.switchboard.protocol;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Protocol;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.spi.Encoding;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Raw forwarding: one connection is one client of one channel, and every frame it sends is a publication as it stands.
 *
 * <p>Its parameters: with {@code hello=true} the first frame says that the client is in the channel; with {@code echo=true} the client hears
 * its own frames as well; with {@code sender=NAME} it does not hear those that any client sent under that name; with what {@link RawRecovery}
 * reads it begins with the past.
 */
public final class RawProtocol implements Protocol {

    /** The names of all parameters. The web drops parameters with other names. */
    public static final Set<String> PARAMETERS = Stream.concat(
                    Stream.of("echo", "hello", SenderName.NAME), RawRecovery.PARAMETERS.stream())
            .collect(Collectors.toUnmodifiableSet());

    private final String channel;
    private final Map<String, List<String>> parameters;
    private final @Nullable String greeting;
    private final BooleanSupplier quota;
    private final RawEncoding encoding;
    private final String lastEventId;
    private @Nullable CommandQueue queue;

    /** {@code greeting}, if any, is the first frame that the client gets. */
    public RawProtocol(String channel, Map<String, List<String>> parameters, @Nullable String greeting) {
        this(channel, parameters, greeting, () -> true);
    }

    /** {@code quota} says of each message whether it is not one too many. */
    public RawProtocol(
            String channel, Map<String, List<String>> parameters, @Nullable String greeting, BooleanSupplier quota) {
        this(channel, parameters, greeting, quota, RawEncoding.INSTANCE, "");
    }

    private RawProtocol(
            String channel,
            Map<String, List<String>> parameters,
            @Nullable String greeting,
            BooleanSupplier quota,
            RawEncoding encoding,
            String lastEventId) {
        this.channel = channel;
        this.parameters = parameters;
        this.greeting = greeting;
        this.quota = quota;
        this.encoding = encoding;
        this.lastEventId = lastEventId;
    }

    /**
     * For a client that hears events and sends nothing; {@code lastEventId} is what it got last before its connection broke, empty if it comes for
     * the first time.
     */
    public static RawProtocol events(
            String channel, Map<String, List<String>> parameters, @Nullable String greeting, String lastEventId) {
        return new RawProtocol(channel, parameters, greeting, () -> false, EventEncoding.INSTANCE, lastEventId);
    }

    /** Returns an event stream that says only when to reconnect: a time between the two. */
    public static String comeAgain(Duration earliest, Duration latest) {
        return EventEncoding.comeAgain(earliest, latest) + "\n";
    }

    /** Publishes one message of somebody who does not stay. A {@link ClientError} or a {@link Disconnect} says why not. */
    public static CompletionStage<@Nullable Position> publish(
            Hub hub, Peer from, String channel, Map<String, List<String>> parameters, Frame message) {
        String fault = ChannelName.fault(channel);
        if (fault != null) {
            throw Disconnect.badRequest(fault);
        }
        String sender = SenderName.checked(
                parameters.getOrDefault(SenderName.NAME, List.of("")).get(0));
        return hub.publish(from, channel, JsonInput.checked(() -> Payload.raw(message)), sender);
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
        RawRecovery past = RawRecovery.of(parameters, lastEventId);
        boolean told = past.told() || encoding == EventEncoding.INSTANCE;
        Set<Wish> wishes = told ? Set.of(Wish.RECOVERABLE) : Set.of();
        SubscribeRequest request = new SubscribeRequest(
                channel,
                "",
                wishes,
                past.reached(),
                past.replay(),
                RawRecovery.flag("echo", parameters) ? Echo.ON : Echo.OFF,
                SenderName.checked(parameter(SenderName.NAME, "")),
                null);
        boolean hello = RawRecovery.flag("hello", parameters);
        CommandQueue opened = new CommandQueue(client, failure -> refused(client, failure));
        queue = opened;
        opened.submit(
                0,
                () -> client.identify("")
                        .thenCompose(known -> client.subscribe(
                                request,
                                result -> encoding.beginning(hello ? client.id() : null, greeting, told, result))));
    }

    private String parameter(String name, String absent) {
        return parameters.getOrDefault(name, List.of(absent)).get(0);
    }

    @Override
    public void receive(Client client, Frame frame) {
        if (!quota.getAsBoolean()) {
            throw Disconnect.TOO_MANY_REQUESTS;
        }
        Objects.requireNonNull(queue).submit(frame.size() + Frame.OVERHEAD, () -> {
            CompletionStage<?> unused = client.publish(channel, JsonInput.checked(() -> Payload.raw(frame)))
                    .exceptionally(failure -> {
                        refused(client, failure);
                        return null;
                    });
            return client.answered(); // the next one need not wait for more
        });
    }

    /** A raw client is not answered, so what is refused is its end. */
    private static void refused(Client client, Throwable failure) {
        Throwable cause = Failure.cause(failure);
        if (!(cause instanceof ClientError error)) {
            client.failed(cause);
        } else if (error.isTemporary()) {
            client.disconnect(Disconnect.INTERNAL_ERROR);
        } else if (error == ClientError.PERMISSION_DENIED
                || error == ClientError.UNAUTHORIZED
                || error.isOfApplication()) {
            client.disconnect(Disconnect.PERMISSION_DENIED);
        } else {
            client.disconnect(Disconnect.badRequest(error.text()));
        }
    }
}
