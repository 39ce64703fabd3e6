package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Failure;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Publication;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Unsubscribe;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the application behind the relay may do, which nobody asks for its rights.
 *
 * <p>Any thread; nothing blocks. A verb is refused by a {@link ClientError}, thrown or as the failure of its stage; for a channel whose
 * namespace does not exist by {@link ClientError#UNKNOWN_CHANNEL}. What concerns clients concerns those of this node.
 */
public final class ServerOperations {

    private final Hub hub;
    private final Node node;

    ServerOperations(Hub hub, Node node) {
        this.hub = hub;
        this.node = node;
    }

    /** Completes when the publication is on its way to everybody, with its place, or null in a channel without history. */
    public CompletionStage<@Nullable Position> publish(String channel, Publication publication) {
        return publish(channel, publication, PublishOptions.PLAIN);
    }

    /** Publishes as {@link #publish(String, Publication)} does, in this manner. */
    public CompletionStage<@Nullable Position> publish(String channel, Publication publication, PublishOptions how) {
        return publish(channel, publication, retention(channel), how);
    }

    /** Publishes with what the channel's rule keeps, for a publisher whose rights were checked. */
    CompletionStage<@Nullable Position> publish(
            String channel, Publication publication, Retention ruled, PublishOptions how) {
        Retention retention = how.skipHistory() ? Retention.NONE : ruled;
        return how.key().isEmpty()
                ? node.engine().publish(channel, publication, retention)
                : node.engine().publishOnce(how.key(), channel, publication, retention);
    }

    private Retention retention(String channel) {
        return options(channel).retention();
    }

    private ChannelOptions options(String channel) {
        if (!node.access().knows(channel)) {
            throw ClientError.UNKNOWN_CHANNEL;
        }
        return node.access().options(channel);
    }

    /** All who are in the channel, by client id; {@link ClientError#NOT_AVAILABLE} where that is not kept. */
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        if (!options(channel).presence()) {
            throw ClientError.NOT_AVAILABLE;
        }
        return node.engine().presence(channel);
    }

    /** How many are in the channel. */
    public CompletionStage<PresenceStats> presenceStats(String channel) {
        return presence(channel).thenApply(PresenceStats::of);
    }

    /** A page of the channel's past; {@link ClientError#NOT_AVAILABLE} where none is kept. */
    public CompletionStage<History> history(String channel, HistoryQuery query) {
        return node.engine().history(channel, query, kept(channel));
    }

    /** Forgets the channel's past; who was somewhere in it learns that something is missing. */
    public CompletionStage<?> removeHistory(String channel) {
        kept(channel);
        return node.engine().removeHistory(channel);
    }

    private Retention kept(String channel) {
        Retention retention = retention(channel);
        if (!retention.keeps()) {
            throw ClientError.NOT_AVAILABLE;
        }
        return retention;
    }

    /** How many clients are in each channel. */
    public Map<String, Integer> channels() {
        return hub.channels();
    }

    /** How many different users are here. */
    public int userCount() {
        return hub.userCount();
    }

    /**
     * Subscribes clients to the channel and tells them. Nothing happens to those that are in it, and to
     * raw clients, which have one channel only. The clients get what was published after {@code since}
     * if all of that is there; null for nothing.
     */
    public CompletionStage<?> subscribe(
            ClientSelector who, String channel, SubscribeGrant grant, @Nullable Position since) {
        options(channel);
        return each(who, client -> client.hears(channel) ? done() : client.subscribe(channel, grant, since));
    }

    /** Takes them out of the channel and tells them; completes when nobody sees them there. */
    public CompletionStage<?> unsubscribe(ClientSelector who, String channel, Unsubscribe why) {
        return each(who, client -> client.unsubscribe(channel, why));
    }

    /** Disconnects the clients, except those whose ids are in {@code but}. */
    public void disconnect(ClientSelector who, Set<String> but, Disconnect why) {
        hub.clients(who).stream()
                .filter(client -> !but.contains(client.id()))
                .forEach(client -> client.disconnect(why));
    }

    /**
     * Says for how many seconds more they may stay who they are, 0 for ever, and tells them. Others see {@code info} of them from now on; null
     * leaves what they saw.
     */
    public void refresh(ClientSelector who, long ttl, @Nullable String info) {
        hub.clients(who).forEach(client -> client.extend(ttl, info));
    }

    /** Disconnects the user for good, and refuses each new connection. */
    public void block(String user, Instant until) {
        ClientSelector theirs = ClientSelector.user(user);
        node.revocations().block(user, until);
        hub.clients(theirs).forEach(Client::dropRevoked);
    }

    public void unblock(String user) {
        node.revocations().unblock(user);
    }

    /** The token of that id is no longer one, neither for a connection nor for a channel. */
    public void revoke(String token, Instant until) {
        node.revocations().revoke(token, until);
        hub.clients().forEach(Client::dropRevoked);
    }

    /** No token of the user is one any more that was issued before. */
    public void revokeIssuedBefore(String user, Instant issued, Instant until) {
        ClientSelector theirs = ClientSelector.user(user);
        node.revocations().revokeIssuedBefore(user, issued, until);
        hub.clients(theirs).forEach(Client::dropRevoked);
    }

    /** All of them, whatever happens to one; fails with what one of them failed with. */
    private CompletionStage<?> each(ClientSelector who, Function<Client, CompletionStage<?>> verb) {
        List<CompletableFuture<?>> all = hub.clients(who).stream()
                .<CompletableFuture<?>>map(client -> attempt(client, verb).toCompletableFuture())
                .toList();
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    /** Completes without an effect if the client is gone before its turn. */
    private static CompletionStage<?> attempt(Client client, Function<Client, CompletionStage<?>> verb) {
        try {
            return verb.apply(client).exceptionallyCompose(failure -> outcome(client, Failure.cause(failure)));
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
