package dev.switchboard.hub;

import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Failure;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Operation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** LocalOperations carries out operations for the clients of this node. */
final class LocalOperations implements Cluster.Member {

    private final Hub hub;
    private final Node node;

    LocalOperations(Hub hub) {
        this.hub = hub;
        this.node = hub.node();
    }

    /**
     * Leaves out clients that are in the channel, and raw clients, which have one channel only.
     *
     * @throws ClientError {@link ClientError#UNKNOWN_CHANNEL} if no rule names the namespace
     */
    @Override
    public CompletionStage<?> subscribe(Operation.Subscribe operation) {
        String channel = operation.channel();
        if (!node.access().knows(channel)) {
            throw ClientError.UNKNOWN_CHANNEL;
        }
        return each(
                operation.selector(),
                client -> client.canEnter(channel)
                        ? client.subscribe(channel, operation.grant(), operation.since())
                        : done());
    }

    /** Completes when the clients have left presence. */
    @Override
    public CompletionStage<?> unsubscribe(Operation.Unsubscribe operation) {
        return each(operation.selector(), client -> client.unsubscribe(operation.channel(), operation.reason()));
    }

    @Override
    public CompletionStage<?> disconnect(Operation.Disconnect operation) {
        hub.clients(operation.selector()).stream()
                .filter(client -> !operation.except().contains(client.id()))
                .forEach(client -> client.disconnect(operation.reason()));
        return done();
    }

    @Override
    public CompletionStage<?> refresh(Operation.Refresh operation) {
        hub.clients(operation.selector()).forEach(client -> client.extend(operation.ttl(), operation.info()));
        return done();
    }

    @Override
    public Map<String, Integer> channels(ChannelPattern pattern) {
        Map<String, Integer> found = new HashMap<>();
        hub.channels().forEach((channel, clients) -> {
            if (pattern.matches(channel)) {
                found.put(channel, clients);
            }
        });
        return found;
    }

    /** Runs the operation for each client, also after a failure. Fails with one of the failures. */
    private CompletionStage<?> each(ClientSelector selector, Function<Client, CompletionStage<?>> operation) {
        List<CompletableFuture<?>> all = hub.clients(selector).stream()
                .<CompletableFuture<?>>map(client -> attempt(client, operation).toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    /** If the client has ended, completes without an effect. */
    private static CompletionStage<?> attempt(Client client, Function<Client, CompletionStage<?>> operation) {
        try {
            return operation.apply(client).exceptionallyCompose(failure -> outcome(client, Failure.cause(failure)));
        } catch (RuntimeException refused) {
            return outcome(client, refused);
        }
    }

    private static <T> CompletionStage<@Nullable T> outcome(Client client, Throwable failure) {
        return client.isEnded() ? CompletableFuture.completedStage(null) : CompletableFuture.failedStage(failure);
    }

    private static CompletionStage<?> done() {
        return CompletableFuture.completedStage(null);
    }
}
