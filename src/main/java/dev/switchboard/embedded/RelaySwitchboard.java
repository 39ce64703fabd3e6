package dev.switchboard.embedded;

import dev.switchboard.api.ClientInfo;
import dev.switchboard.api.Event;
import dev.switchboard.api.History;
import dev.switchboard.api.Observation;
import dev.switchboard.api.Payload;
import dev.switchboard.api.Position;
import dev.switchboard.api.PresenceStats;
import dev.switchboard.api.Switchboard;
import dev.switchboard.api.SwitchboardException;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.json.JsonText;
import dev.switchboard.model.ChannelEvent;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.HistoryQuery;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import org.jspecify.annotations.Nullable;

/** Implements the Java API with the relay of this deployment. */
public final class RelaySwitchboard implements Switchboard {

    private static final String TRANSACTIONS = "java:comp/TransactionSynchronizationRegistry";

    private final Hub hub;
    private final ServerOperations backend;
    private final int maxBytes;
    private final PublishTiming timing;

    /**
     * {@code maxBytes} is the size of the largest message. The thread must belong to the
     * application, because JNDI finds its transactions by the thread.
     */
    public RelaySwitchboard(Hub hub, ServerOperations backend, int maxBytes) {
        this(hub, backend, maxBytes, transactions());
    }

    RelaySwitchboard(Hub hub, ServerOperations backend, int maxBytes, PublishTiming timing) {
        this.hub = hub;
        this.backend = backend;
        this.maxBytes = maxBytes;
        this.timing = timing;
    }

    /** Finds the transactions of the container. Without them, no class of JTA is loaded. */
    @SuppressWarnings("BanJNDI") // the name is a constant
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
        return publish(channel, payload, Map.of());
    }

    @Override
    public CompletionStage<@Nullable Position> publish(String channel, Payload payload, Map<String, String> tags) {
        dev.switchboard.model.Publication publication = checked(payload, tags);
        CompletableFuture<@Nullable Position> done = new CompletableFuture<>();
        timing.await(
                () -> send(channel, publication, done),
                () -> done.completeExceptionally(
                        new CancellationException("not published, because the transaction was rolled back")));
        return done;
    }

    private void send(
            String channel, dev.switchboard.model.Publication publication, CompletableFuture<@Nullable Position> done) {
        answer(() -> backend.publish(channel, publication), Translation::position)
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
            present.forEach((id, client) -> clients.put(id, Translation.client(client)));
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
                new HistoryQuery(Translation.relayPosition(since), checked(limit), HistoryQuery.Order.OLDEST_FIRST));
    }

    private static int checked(int limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("limit " + limit);
        }
        return limit;
    }

    private CompletionStage<History> history(String channel, HistoryQuery query) {
        return answer(() -> backend.history(channel, query), page -> Translation.history(channel, page));
    }

    /**
     * Calls the relay and translates its result. A refusal that the call throws fails the stage, as
     * one of the stage itself does.
     */
    private static <T extends @Nullable Object, R extends @Nullable Object> CompletionStage<R> answer(
            Supplier<CompletionStage<T>> call, Function<T, R> translation) {
        CompletionStage<T> stage;
        try {
            stage = call.get();
        } catch (RuntimeException refused) {
            return CompletableFuture.failedStage(translated(refused));
        }
        return stage.handle((result, failure) -> {
            if (failure != null) {
                throw translated(failure);
            }
            return translation.apply(result);
        });
    }

    private static SwitchboardException translated(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ClientError error
                ? new SwitchboardException(error.code(), error.text(), error)
                : new SwitchboardException(ClientError.INTERNAL.code(), "the outcome is unknown: " + cause, cause);
    }

    @Override
    public <E extends Event> Observation observe(String channel, Class<E> type, Consumer<? super E> observer) {
        return hub.observe(
                channel,
                event -> event.channel().equals(channel) && isOf(type, event),
                event -> observer.accept(type.cast(Translation.event(event))))::close;
    }

    @Override
    public <E extends Event> Observation observeAll(Class<E> type, Consumer<? super E> observer) {
        return hub.observe(event -> isOf(type, event), event -> observer.accept(type.cast(Translation.event(event))))
                ::close;
    }

    private static boolean isOf(Class<?> type, ChannelEvent event) {
        return type.isAssignableFrom(Translation.type(event));
    }

    private dev.switchboard.model.Publication checked(Payload payload, Map<String, String> tags) {
        if (payload.form() == Payload.Form.JSON && !JsonText.isValue(payload.text())) {
            throw new IllegalArgumentException("not one JSON value: " + payload);
        }
        dev.switchboard.model.Publication publication = Translation.relayPublication(payload, tags);
        if (publication.size() > maxBytes) {
            throw new IllegalArgumentException(payload + (tags.isEmpty() ? "" : ", and tags")
                    + ", but a message has at most " + maxBytes + ": the setting switchboard.message.bytes");
        }
        return publication;
    }
}
