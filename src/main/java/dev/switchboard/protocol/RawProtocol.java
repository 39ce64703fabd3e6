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
 * RawProtocol serves a client of one channel. Each frame that the client sends is the data of a
 * publication.
 *
 * <p>Parameters of the URL:
 *
 * <ul>
 *   <li>{@code hello=true}: the first frame says that the client is in the channel
 *   <li>{@code echo=true}: the client gets its own publications too
 *   <li>{@code sender=NAME}: the client gets no publication that any client sent under that name
 *   <li>the parameters of {@link RawRecovery}: the client first gets publications of the history
 * </ul>
 */
public final class RawProtocol implements Protocol {

    /** The names of all parameters. The web layer drops other parameters. */
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

    /** Takes in {@code greeting} the first frame that the client gets, null for none. */
    public RawProtocol(String channel, Map<String, List<String>> parameters, @Nullable String greeting) {
        this(channel, parameters, greeting, () -> true);
    }

    /**
     * Takes in {@code quota} a supplier that counts a message, and returns false if it is one too
     * many.
     */
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
     * Returns the protocol of a client that gets server-sent events and sends nothing.
     *
     * @param lastEventId the id of the last event that the client got before it lost its
     *     connection; empty for the first connection
     */
    public static RawProtocol events(
            String channel, Map<String, List<String>> parameters, @Nullable String greeting, String lastEventId) {
        return new RawProtocol(channel, parameters, greeting, () -> false, EventEncoding.INSTANCE, lastEventId);
    }

    /** Returns an event stream that holds only the time of the next attempt, between the two. */
    public static String retry(Duration earliest, Duration latest) {
        return EventEncoding.retry(earliest, latest) + "\n";
    }

    /**
     * Publishes one message without a connection. A refusal is a {@link ClientError} or a {@link
     * Disconnect}.
     */
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
        RawRecovery recovery = RawRecovery.of(parameters, lastEventId);
        boolean withPosition = recovery.withPosition() || encoding == EventEncoding.INSTANCE;
        Set<Wish> wishes = withPosition ? Set.of(Wish.RECOVERABLE) : Set.of();
        SubscribeRequest request = new SubscribeRequest(
                channel,
                "",
                wishes,
                recovery.reached(),
                recovery.replay(),
                RawRecovery.flag("echo", parameters) ? Echo.ON : Echo.OFF,
                SenderName.checked(parameter(SenderName.NAME, "")),
                null,
                null);
        boolean hello = RawRecovery.flag("hello", parameters);
        CommandQueue opened = new CommandQueue(client, failure -> refused(client, failure));
        queue = opened;
        opened.submit(
                0,
                () -> client.identify("")
                        .thenCompose(known -> client.subscribe(
                                request,
                                result -> encoding.beginning(
                                        hello ? client.id() : null, greeting, withPosition, result))));
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
            return client.answered(); // the next message need not wait for the publication
        });
    }

    /** Disconnects the client, because a raw client gets no replies. */
    private static void refused(Client client, Throwable failure) {
        Throwable cause = Failure.cause(failure);
        if (!(cause instanceof ClientError error)) {
            client.failed(cause);
        } else if (error.isTemporary()) {
            client.disconnect(Disconnect.INTERNAL_ERROR.because(error.why()));
        } else if (error.equals(ClientError.PERMISSION_DENIED)
                || error.equals(ClientError.UNAUTHORIZED)
                || error.isOfApplication()) {
            client.disconnect(Disconnect.PERMISSION_DENIED.because(error.why()));
        } else {
            Disconnect bad = Disconnect.badRequest(error.text());
            client.disconnect(error.why().text().isEmpty() ? bad : bad.because(error.why()));
        }
    }
}
