package dev.switchboard.hub;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ClientSelector;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Inspection shows the clients and channels of this node to operators. Any thread; nothing blocks.
 *
 * <p>A method looks at all clients or channels when it is called, and keeps the few that it
 * returns.
 */
public final class Inspection {

    /** A channel and the number of its subscribers. */
    public record ChannelSize(String channel, int subscribers) {}

    private final Hub hub;
    private final Node node;

    public Inspection(Hub hub) {
        this.hub = hub;
        this.node = hub.node();
    }

    /** Returns the clients for which the most bytes wait, the most first. */
    public List<ClientState> slowest(int limit) {
        return largest(hub.clients(), client -> client.outbox().bytes(), limit).stream()
                .map(Inspection::state)
                .filter(state -> state.waiting().bytes() > 0)
                .sorted(Comparator.comparingLong(
                                (ClientState state) -> state.waiting().bytes())
                        .reversed())
                .toList();
    }

    /** Returns the channels with the most subscribers, the most first. */
    public List<ChannelSize> largestChannels(int limit) {
        return largest(hub.channels().entrySet(), Map.Entry::getValue, limit).stream()
                .map(channel -> new ChannelSize(channel.getKey(), channel.getValue()))
                .toList();
    }

    /** Returns those with the largest figures, the largest first. */
    static <T> List<T> largest(Collection<T> all, ToLongFunction<T> figure, int limit) {
        record Rated<T>(T item, long figure) {}

        Comparator<Rated<T>> smallestFirst = Comparator.comparingLong(Rated::figure);
        PriorityQueue<Rated<T>> heap = new PriorityQueue<>(limit + 1, smallestFirst);
        for (T item : all) {
            heap.add(new Rated<>(item, figure.applyAsLong(item)));
            if (heap.size() > limit) {
                heap.remove();
            }
        }
        return heap.stream().sorted(smallestFirst.reversed()).map(Rated::item).toList();
    }

    /** Returns the first channels whose names contain the text, in the order of their names. */
    public List<ChannelSize> channels(String text, int limit) {
        return hub.channels().entrySet().stream()
                .filter(channel -> channel.getKey().contains(text))
                .sorted(Map.Entry.comparingByKey())
                .limit(limit)
                .map(channel -> new ChannelSize(channel.getKey(), channel.getValue()))
                .toList();
    }

    /** Returns the number of subscribers of the channel. */
    public int subscribers(String channel) {
        Channel found = hub.channel(channel);
        return found == null ? 0 : found.size();
    }

    /** Returns the first subscribers of the channel. */
    public List<ClientInfo> subscribers(String channel, int limit) {
        Channel found = hub.channel(channel);
        return found == null ? List.of() : found.first(limit);
    }

    /** Returns the first clients whose id, user or address contains the text. */
    public List<ClientState> clients(String text, int limit) {
        Predicate<Client> matching = client -> client.id().contains(text)
                || client.user().contains(text)
                || client.transport.peer().address().contains(text);
        return states(hub.clients().stream().filter(matching).limit(limit));
    }

    /** Returns null if there is no such client on this node. */
    public @Nullable ClientState client(String id) {
        return states(hub.clients(new ClientSelector("", id)).stream()).stream()
                .findFirst()
                .orElse(null);
    }

    /** Returns the first clients of the user. */
    public List<ClientState> clientsOf(String user, int limit) {
        return states(hub.clients(ClientSelector.user(user)).stream().limit(limit));
    }

    /** Returns whether the user is blocked, on all nodes. */
    public boolean isBlocked(String user) {
        return node.revocations().isBlocked(user);
    }

    private static List<ClientState> states(Stream<Client> clients) {
        return clients.map(Inspection::state).toList();
    }

    private static ClientState state(Client client) {
        Footprint footprint = client.footprint;
        Outbox outbox = client.outbox();
        Hub.Kind kind = client.kind();
        return new ClientState(
                client.id(),
                client.user(),
                kind.transport(),
                kind.protocol(),
                client.transport.peer().address(),
                footprint.since(),
                client.channels(),
                outbox.load(),
                new ClientState.Volume(outbox.framesSent(), outbox.bytesSent()),
                footprint.received(),
                footprint.lastError());
    }
}
