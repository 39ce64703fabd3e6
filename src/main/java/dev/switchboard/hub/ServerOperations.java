package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Explanation;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Publication;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Operation;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * ServerOperations carries out what the application asks of the relay, without checks of rights.
 *
 * <p>Any thread; nothing blocks. A method throws a {@link ClientError}, or its stage fails with
 * one. If no rule names the namespace of a channel, the error is
 * {@link ClientError#UNKNOWN_CHANNEL}.
 *
 * <p>Methods about clients concern the clients of all nodes. Their stages complete when this node is
 * done and the engine has the operation for the others. If such a stage fails, the clients of this
 * node are served nevertheless, and those of other nodes perhaps: the application should call again.
 */
public final class ServerOperations {

    private final Hub hub;
    private final Node node;
    private final Publisher publisher;
    private final LocalOperations local;

    public ServerOperations(Hub hub) {
        this.hub = hub;
        this.node = hub.node();
        this.publisher = hub.publisher();
        this.local = new LocalOperations(hub);
    }

    /** Returns what carries out the operations of other nodes. */
    public Cluster.Member local() {
        return local;
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

    /** Completes with the number of clients of all nodes in each channel that matches. */
    public CompletionStage<Map<String, Integer>> channels(ChannelPattern pattern) {
        return node.cluster().channels(pattern).thenApply(others -> {
            Map<String, Integer> sums = local.channels(pattern);
            others.forEach((channel, clients) -> sums.merge(channel, clients, Integer::sum));
            return sums;
        });
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
        return everywhere(new Operation.Subscribe(selector, channel, grant, since));
    }

    /**
     * Unsubscribes the clients and tells them. Completes when those of this node have left presence.
     */
    public CompletionStage<?> unsubscribe(ClientSelector selector, String channel, Unsubscribe reason) {
        return everywhere(new Operation.Unsubscribe(selector, channel, reason));
    }

    /** Disconnects the clients, except those whose ids are in {@code except}. */
    public CompletionStage<?> disconnect(ClientSelector selector, Set<String> except, Disconnect reason) {
        return everywhere(new Operation.Disconnect(selector, except, reason));
    }

    /**
     * Extends the connections of the clients and tells them.
     *
     * @param ttl seconds from now; 0 for ever
     * @param info JSON that other clients see from now on; null for no change
     */
    public CompletionStage<?> refresh(ClientSelector selector, long ttl, @Nullable String info) {
        return everywhere(new Operation.Refresh(selector, ttl, info));
    }

    private CompletionStage<?> everywhere(Operation operation) {
        CompletionStage<?> told = node.cluster().tell(operation);
        return operation.carryOut(local).thenCompose(done -> told);
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
}
