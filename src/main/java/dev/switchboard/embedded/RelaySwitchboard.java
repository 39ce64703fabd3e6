package dev.switchboard.embedded;

import dev.switchboard.api.ClientInfo;
import dev.switchboard.api.Event;
import dev.switchboard.api.History;
import dev.switchboard.api.Joined;
import dev.switchboard.api.Left;
import dev.switchboard.api.Observation;
import dev.switchboard.api.Payload;
import dev.switchboard.api.Position;
import dev.switchboard.api.PresenceStats;
import dev.switchboard.api.Publication;
import dev.switchboard.api.Switchboard;
import dev.switchboard.api.SwitchboardException;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.json.JsonText;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Frame;
import dev.switchboard.model.HistoryQuery;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import org.jspecify.annotations.Nullable;

/** The relay of this deployment, in the words of the API. */
public final class RelaySwitchboard implements Switchboard {

    private static final String TRANSACTIONS = "java:comp/TransactionSynchronizationRegistry";

    private final Hub hub;
    private final ServerOperations backend;
    private final int maxBytes;
    private final PublishTiming moment;

    /** {@code maxBytes} is the largest message; the thread must be one of the application's, for its transactions are looked up. */
    public RelaySwitchboard(Hub hub, ServerOperations backend, int maxBytes) {
        this(hub, backend, maxBytes, transactions());
    }

    RelaySwitchboard(Hub hub, ServerOperations backend, int maxBytes, PublishTiming moment) {
        this.hub = hub;
        this.backend = backend;
        this.maxBytes = maxBytes;
        this.moment = moment;
    }

    /** Where the container has none nothing of JTA is loaded. */
    @SuppressWarnings("BanJNDI") // the name is no foreign one
    private static PublishTiming transactions() {
        try {
            Object registry = new InitialContext().lookup(TRANSACTIONS);
            return registry == null ? PublishTiming.NOW : new Transactions(registry);
        } catch (NamingException none) {
            return PublishTiming.NOW;
        }
    }

    @Override
    public CompletionStage<@Nullable Position> publish(String channel, Payload payload) {
        dev.switchboard.model.Publication publication = publication(payload);
        CompletableFuture<@Nullable Position> done = new CompletableFuture<>();
        moment.await(
                () -> send(channel, publication, done),
                () -> done.completeExceptionally(
                        new CancellationException("not published, because the transaction was rolled back")));
        return done;
    }

    private void send(
            String channel, dev.switchboard.model.Publication publication, CompletableFuture<@Nullable Position> done) {
        answer(() -> backend.publish(channel, publication), RelaySwitchboard::position)
                .whenComplete((position, failure) -> {
                    if (failure == null) {
                        done.complete(position);
                    } else {
                        done.completeExceptionally(failure);
                    }
                });
    }

    @Override
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        return answer(() -> backend.presence(channel), present -> {
            Map<String, ClientInfo> clients = new HashMap<>();
            present.forEach((id, client) -> clients.put(id, info(client)));
            return Map.copyOf(clients);
        });
    }

    @Override
    public CompletionStage<PresenceStats> presenceStats(String channel) {
        return answer(() -> backend.presenceStats(channel), stats -> new PresenceStats(stats.clients(), stats.users()));
    }

    @Override
    public CompletionStage<History> history(String channel, int limit) {
        return history(channel, HistoryQuery.newest(checked(limit)));
    }

    @Override
    public CompletionStage<History> historySince(String channel, Position since, int limit) {
        return history(
                channel,
                new HistoryQuery(
                        new dev.switchboard.model.Position(since.epoch(), since.offset()),
                        checked(limit),
                        HistoryQuery.Order.OLDEST_FIRST));
    }

    private static int checked(int limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("limit " + limit);
        }
        return limit;
    }

    private CompletionStage<History> history(String channel, HistoryQuery query) {
        return answer(
                () -> backend.history(channel, query),
                page -> new History(
                        page.publications().stream()
                                .map(publication -> publication(channel, publication))
                                .toList(),
                        new Position(page.top().epoch(), page.top().offset())));
    }

    /** Refusals that are thrown and those of the stage, told in one way. */
    private static <T extends @Nullable Object, R extends @Nullable Object> CompletionStage<R> answer(
            Supplier<CompletionStage<T>> asked, Function<T, R> translation) {
        CompletionStage<T> stage;
        try {
            stage = asked.get();
        } catch (RuntimeException refused) {
            return CompletableFuture.failedStage(told(refused));
        }
        return stage.handle((result, failure) -> {
            if (failure != null) {
                throw told(failure);
            }
            return translation.apply(result);
        });
    }

    private static SwitchboardException told(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ClientError error
                ? new SwitchboardException(error.code(), error.text(), error)
                : new SwitchboardException(ClientError.INTERNAL.code(), "the outcome is unknown: " + cause, cause);
    }

    @Override
    public <E extends Event> Observation observe(String channel, Class<E> type, Consumer<? super E> observer) {
        return observation(event -> event.channel().equals(channel) && isOf(type, event), type, observer);
    }

    @Override
    public <E extends Event> Observation observeAll(Class<E> type, Consumer<? super E> observer) {
        return observation(event -> isOf(type, event), type, observer);
    }

    private <E extends Event> Observation observation(
            Predicate<dev.switchboard.model.ChannelEvent> wanted, Class<E> type, Consumer<? super E> observer) {
        return hub.observe(wanted, event -> observer.accept(type.cast(event(event))))::close;
    }

    private static boolean isOf(Class<?> type, dev.switchboard.model.ChannelEvent event) {
        return type.isAssignableFrom(
                event instanceof dev.switchboard.model.ChannelEvent.Published
                        ? Publication.class
                        : event instanceof dev.switchboard.model.ChannelEvent.Joined ? Joined.class : Left.class);
    }

    private static Event event(dev.switchboard.model.ChannelEvent event) {
        if (event instanceof dev.switchboard.model.ChannelEvent.Published published) {
            return publication(published.channel(), published.publication());
        }
        if (event instanceof dev.switchboard.model.ChannelEvent.Joined joined) {
            return new Joined(joined.channel(), info(joined.client()));
        }
        if (event instanceof dev.switchboard.model.ChannelEvent.Left left) {
            return new Left(left.channel(), info(left.client()));
        }
        throw new IllegalStateException(event.toString());
    }

    private dev.switchboard.model.Publication publication(Payload payload) {
        if (payload.size() > maxBytes) {
            throw new IllegalArgumentException(
                    payload + ", but a message has at most " + maxBytes + ": the setting switchboard.message.bytes");
        }
        if (payload.form() == Payload.Form.JSON && !JsonText.isValue(payload.text())) {
            throw new IllegalArgumentException("no JSON: " + payload);
        }
        return dev.switchboard.model.Publication.ofServer(
                switch (payload.form()) {
                    case JSON -> dev.switchboard.model.Payload.json(payload.text());
                    case TEXT -> dev.switchboard.model.Payload.opaque(Frame.text(payload.text()));
                    case BYTES -> dev.switchboard.model.Payload.opaque(Frame.binary(payload.bytes()));
                },
                Map.of(),
                "");
    }

    private static Publication publication(String channel, dev.switchboard.model.Publication publication) {
        dev.switchboard.model.ClientInfo publisher = publication.publisher();
        return new Publication(
                channel,
                payload(publication.data()),
                publisher == null ? null : info(publisher),
                position(publication.position()),
                publication.tags());
    }

    private static Payload payload(dev.switchboard.model.Payload data) {
        boolean json = data.form() == dev.switchboard.model.Payload.Form.JSON;
        if (data.frame() instanceof Frame.Text text) {
            return json ? Payload.json(text.text()) : Payload.text(text.text());
        }
        if (data.frame() instanceof Frame.Binary binary) {
            ByteBuffer buffer = binary.bytes().duplicate();
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return json ? Payload.json(new String(bytes, StandardCharsets.UTF_8)) : Payload.bytes(bytes);
        }
        throw new IllegalStateException(data.frame().toString());
    }

    private static @Nullable Position position(dev.switchboard.model.@Nullable Position position) {
        return position == null ? null : new Position(position.epoch(), position.offset());
    }

    private static ClientInfo info(dev.switchboard.model.ClientInfo client) {
        return new ClientInfo(client.client(), client.user(), client.connInfo(), client.chanInfo());
    }
}
