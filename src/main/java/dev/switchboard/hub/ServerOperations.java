package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Explanation;
import dev.switchboard.model.Failure;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Publication;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.AccessPolicy;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * ServerOperations carries out what the application asks of the relay, without checks of rights.
 *
 * <p>Any thread; nothing blocks. A method throws a {@link ClientError}, or its stage fails with
 * one. If no rule names the namespace of a channel, the error is
 * {@link ClientError#UNKNOWN_CHANNEL}. Methods about clients concern the clients of this node.
 */
public final class ServerOperations {

    private final Hub hub;
    private final Node node;
    private final Publisher publisher;

    public ServerOperations(Hub hub) {
        this.hub = hub;
        this.node = hub.node();
        this.publisher = hub.publisher();
    }

    /** Publishes as {@link #publish(String, Publication, PublishOptions)} does, each time. */
    public CompletionStage<@Nullable Position> publish(String channel, Publication publication) {
        return publish(channel, publication, PublishOptions.PLAIN);
    }

    /**
     * Publishes for the application. Completes when the publication is on its way, with its
     * position, or with null in a channel without history.
     */
    public CompletionStage<@Nullable Position> publish(
            String channel, Publication publication, PublishOptions options) {
        return publisher.publish(channel, publication, options);
    }

    private ChannelOptions options(String channel) {
        ChannelReader.requireKnown(node, channel);
        return node.access().options(channel);
    }

    /**
     * Completes with the clients in the channel, by client id.
     *
     * @throws ClientError {@link ClientError#NOT_AVAILABLE} if the channel has no presence
     */
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        ChannelReader.requireKnown(node, channel);
        ChannelReader.requirePresence(node, channel);
        return node.engine().presence(channel);
    }

    /**
     * Completes with the numbers of clients and users in the channel; refused as {@link #presence}.
     */
    public CompletionStage<PresenceStats> presenceStats(String channel) {
        return presence(channel).thenApply(PresenceStats::of);
    }

    /**
     * Completes with a page of the channel's history.
     *
     * @throws ClientError {@link ClientError#NOT_AVAILABLE} if the channel has no history
     */
    public CompletionStage<History> history(String channel, HistoryQuery query) {
        return node.engine().history(channel, query, requireHistory(channel));
    }

    /**
     * Removes the channel's history. A client that comes back later cannot recover what was in it.
     *
     * @throws ClientError {@link ClientError#NOT_AVAILABLE} if the channel has no history
     */
    public CompletionStage<?> removeHistory(String channel) {
        requireHistory(channel);
        return node.engine().removeHistory(channel);
    }

    private Retention requireHistory(String channel) {
        ChannelReader.requireKnown(node, channel);
        return ChannelReader.requireHistory(node, channel);
    }

    /** Completes as {@link AccessPolicy#explain} says. */
    public CompletionStage<Explanation> explain(String user, String channel, String token) {
        return node.access().explain(user, channel, token);
    }

    /** Returns the number of clients in each channel. */
    public Map<String, Integer> channels() {
        return hub.channels();
    }

    /** Returns the number of different users that are connected. */
    public int userCount() {
        return hub.userCount();
    }

    /**
     * Subscribes the clients to the channel and tells them. Leaves out clients that are in the
     * channel, and raw clients, which have one channel only.
     *
     * @param since the clients get what was published after it, if all of that is there; null for
     *     nothing
     */
    public CompletionStage<?> subscribe(
            ClientSelector selector, String channel, SubscribeGrant grant, @Nullable Position since) {
        options(channel);
        return each(selector, client -> client.canEnter(channel) ? client.subscribe(channel, grant, since) : done());
    }

    /** Unsubscribes the clients and tells them. Completes when they have left presence. */
    public CompletionStage<?> unsubscribe(ClientSelector selector, String channel, Unsubscribe reason) {
        return each(selector, client -> client.unsubscribe(channel, reason));
    }

    /** Disconnects the clients, except those whose ids are in {@code except}. */
    public void disconnect(ClientSelector selector, Set<String> except, Disconnect reason) {
        hub.clients(selector).stream()
                .filter(client -> !except.contains(client.id()))
                .forEach(client -> client.disconnect(reason));
    }

    /**
     * Extends the connections of the clients and tells them.
     *
     * @param ttl seconds from now; 0 for ever
     * @param info JSON that other clients see from now on; null for no change
     */
    public void refresh(ClientSelector selector, long ttl, @Nullable String info) {
        hub.clients(selector).forEach(client -> client.extend(ttl, info));
    }

    /**
     * Disconnects the user for good, and refuses each new connection of the user until that time.
     */
    public CompletionStage<?> block(String user, Instant until) {
        ClientSelector selector = ClientSelector.user(user);
        return node.revocations().block(user, until).thenRun(() -> hub.dropRevoked(selector.user()));
    }

    public CompletionStage<?> unblock(String user) {
        return node.revocations().unblock(user);
    }

    /**
     * Refuses the token with that id until that time, and ends its connections and subscriptions.
     */
    public CompletionStage<?> revoke(String token, Instant until) {
        return node.revocations().revoke(token, until).thenRun(() -> hub.dropRevoked(null));
    }

    /**
     * Refuses the user's tokens that were issued before {@code issued} until that time, and ends
     * their connections and subscriptions.
     */
    public CompletionStage<?> revokeIssuedBefore(String user, Instant issued, Instant until) {
        ClientSelector selector = ClientSelector.user(user);
        return node.revocations()
                .revokeIssuedBefore(user, issued, until)
                .thenRun(() -> hub.dropRevoked(selector.user()));
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
