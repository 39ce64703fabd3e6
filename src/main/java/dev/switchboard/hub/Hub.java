package dev.switchboard.hub;

import dev.switchboard.limits.Traffic;
import dev.switchboard.model.ChannelEvent;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.NodeInfo;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Transport;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Hub keeps the clients, channels and observers of this node, and gives each event of the engine to
 * the channel's subscriptions. Any thread.
 */
public final class Hub {

    /** Names the transport and the protocol of a client. */
    public record Kind(String transport, String protocol) {}

    /** By client id. */
    private final Map<String, Client> clients = new ConcurrentHashMap<>();

    /** The clients of each user that is connected. */
    private final Map<String, Set<Client>> users = new ConcurrentHashMap<>();

    /** The channels with a subscription, by name. */
    private final Map<String, Channel> channels = new ConcurrentHashMap<>();

    private final List<Observer> observers = new CopyOnWriteArrayList<>();
    private final Node node;
    private final Authorizer authorizer;
    private final Publisher publisher;
    private final ChannelReader reader;
    private final Relief relief;
    private final Listening listening;

    /** The reason to disconnect each client that comes; null while clients may come. */
    private volatile @Nullable Disconnect admissionClosed;

    private volatile boolean observersEnded;

    public Hub(Node node) {
        this.node = node;
        this.authorizer = new Authorizer(node.access(), node.application());
        this.publisher = new Publisher(node, authorizer);
        this.reader = new ChannelReader(node);
        this.relief = new Relief(node, clients.values());
        this.listening = new Listening(node.engine());
        node.engine().start(new Feed());
        node.revocations().follow(user -> node.writers().execute(() -> dropRevoked(user)));
    }

    /** Adds a new client. If the admission is closed, disconnects the client at once. */
    public Client connect(Transport transport, Protocol protocol) {
        Client client = new Client(this, node, transport, protocol);
        node.counters().connections().count(transport.name());
        clients.put(client.id(), client);
        client.open();
        Disconnect closed = admissionClosed; // after the put: stop() sees the client, or has set this
        if (closed != null) {
            client.disconnect(closed);
        }
        return client;
    }

    /**
     * Publishes one message of an HTTP request, as
     * {@link Publisher#publish(Peer, String, Payload, String)} says.
     */
    public CompletionStage<@Nullable Position> publish(Peer peer, String channel, Payload data, String sender) {
        return publisher.publish(peer, channel, data, sender);
    }

    ChannelReader reader() {
        return reader;
    }

    Publisher publisher() {
        return publisher;
    }

    Node node() {
        return node;
    }

    Authorizer authorizer() {
        return authorizer;
    }

    /** Notes the user of the client; the user may be empty. {@link #remove} follows. */
    void identified(Client client, String user) {
        if (user.isEmpty()) {
            return;
        }
        users.compute(user, (name, before) -> {
            Set<Client> ofUser = before == null ? ConcurrentHashMap.newKeySet() : before;
            ofUser.add(client);
            return ofUser;
        });
        if (client.isEnded()) {
            removeUser(client, user);
        }
    }

    /** Removes a client that has ended; {@code user} is empty if the client was not identified. */
    void remove(Client client, String user) {
        clients.remove(client.id());
        removeUser(client, user);
    }

    private void removeUser(Client client, String user) {
        users.computeIfPresent(user, (name, ofUser) -> {
            ofUser.remove(client);
            return ofUser.isEmpty() ? null : ofUser;
        });
    }

    List<Client> clients(ClientSelector selector) {
        return candidates(selector).stream()
                .filter(client -> client.isSelected(selector))
                .toList();
    }

    /** Returns a few clients that include all the selected ones. */
    private Collection<Client> candidates(ClientSelector selector) {
        if (!selector.client().isEmpty()) {
            Client client = clients.get(selector.client());
            return client == null ? List.of() : List.of(client);
        }
        return selector.user().isEmpty() ? clients.values() : users.getOrDefault(selector.user(), Set.of());
    }

    /** Ends what is revoked of the clients of the user, or of all clients if the user is null. */
    void dropRevoked(@Nullable String user) {
        Collection<Client> concerned = user == null ? clients.values() : clients(ClientSelector.user(user));
        concerned.forEach(Client::dropRevoked);
    }

    /** Returns a live view of all clients. */
    Collection<Client> clients() {
        return clients.values();
    }

    /** Returns the number of clients in each channel. */
    Map<String, Integer> channels() {
        Map<String, Integer> sizes = new HashMap<>();
        channels.forEach((name, channel) -> sizes.put(name, channel.size()));
        return sizes;
    }

    /** Returns the state of this node. */
    public NodeInfo info(String uid, String name, Duration uptime) {
        int subscriptions = channels.values().stream().mapToInt(Channel::size).sum();
        return new NodeInfo(uid, name, clients.size(), users.size(), subscriptions, channels.size(), uptime);
    }

    /**
     * If the waiting bytes of all clients exceed the budget, disconnects the slowest; see
     * {@link Relief}.
     */
    void relieve() {
        relief.relieve();
    }

    /** Returns a new dispatch, which the caller fills and runs. */
    Dispatch dispatch() {
        return new Dispatch(node, relief, null);
    }

    /**
     * Attaches the subscription to its channel. If it is the first, tells the application. Completes
     * when the subscription gets each event that begins from then on. {@link #leave} follows, also
     * after a failure.
     */
    CompletionStage<?> join(Subscription subscription) {
        AtomicReference<@Nullable CompletionStage<?>> listens = new AtomicReference<>();
        channels.compute(subscription.channel(), (name, existing) -> {
            listens.set(listening.begin(name)); // under the lock, so that leave() follows
            Channel joined = existing == null ? new Channel(traffic(name)) : existing;
            if (existing == null) {
                node.application().occupied(name);
            }
            joined.add(subscription);
            return joined;
        });
        return Objects.requireNonNull(listens.get());
    }

    private Traffic.Namespace traffic(String channel) {
        return node.counters().traffic().of(node.access().namespace(channel));
    }

    /**
     * Detaches the subscription from its channel. If it was the last, tells the application. May be
     * called again.
     */
    void leave(Subscription subscription) {
        channels.computeIfPresent(subscription.channel(), (name, left) -> {
            if (left.remove(subscription)) {
                listening.end(name);
            }
            if (!left.isEmpty()) {
                return left;
            }
            node.application().vacated(name);
            return null;
        });
    }

    /** Returns null if the channel has no subscription. */
    @Nullable
    Channel channel(String name) {
        return channels.get(name);
    }

    /**
     * Sends the answer and makes the subscription live. Returns false if the subscription has
     * ended.
     */
    boolean goLive(Subscription subscription, List<Frame> answer, @Nullable Position reached) {
        Channel channel = channels.get(subscription.channel());
        if (channel == null) {
            return false;
        }
        Dispatch dispatch = dispatch();
        boolean live = channel.goLive(subscription, answer, reached, dispatch);
        dispatch.run();
        return live;
    }

    /** Gives the events of the engine to the subscriptions and observers of this node. */
    private final class Feed implements Engine.Feed {

        @Override
        public Runnable published(String channel, Publication publication) {
            return tell(
                    channel,
                    Broadcast.publication(channel, publication),
                    new ChannelEvent.Published(channel, publication));
        }

        @Override
        public Runnable joined(String channel, ClientInfo client) {
            return tell(channel, Broadcast.join(channel, client), new ChannelEvent.Joined(channel, client));
        }

        @Override
        public Runnable left(String channel, ClientInfo client) {
            return tell(channel, Broadcast.leave(channel, client), new ChannelEvent.Left(channel, client));
        }

        @Override
        public Runnable reached(String name, Position top) {
            Channel channel = channels.get(name);
            if (channel == null) {
                return () -> {};
            }
            Dispatch dispatch = dispatch();
            channel.reached(top, dispatch);
            return dispatch;
        }

        private Runnable tell(String name, Broadcast broadcast, ChannelEvent event) {
            Channel channel = channels.get(name);
            if (channel == null) {
                observe(event);
                return () -> {};
            }
            Dispatch dispatch =
                    new Dispatch(node, relief, node.counters().traffic().fanOuts());
            Publication publication = broadcast.publication();
            if (publication == null) {
                channel.tell(broadcast, dispatch, () -> observe(event));
            } else {
                dispatch.watch(node.witness().deliveries(name, publication));
                channel.tell(broadcast, dispatch, () -> observe(event));
                node.witness().delivered(name, publication, dispatch.deliveries());
            }
            return dispatch;
        }

        private void observe(ChannelEvent event) {
            for (Observer observer : observers) {
                observer.receive(event);
            }
        }
    }

    /**
     * Gives the events of this node to the application, from now on. These are the events of channels
     * that have a subscription or an observer of their own here.
     *
     * @param wanted memory only
     * @param consumer runs on a thread of its own, and may block
     */
    public Observer observe(Predicate<ChannelEvent> wanted, Consumer<ChannelEvent> consumer) {
        return observe(new Observer(wanted, consumer, node, observers, () -> {}));
    }

    /** Gives the events of that channel, as {@link #observe(Predicate, Consumer)} does. */
    public Observer observe(String channel, Predicate<ChannelEvent> wanted, Consumer<ChannelEvent> consumer) {
        Observer observer = new Observer(wanted, consumer, node, observers, () -> listening.end(channel));
        CompletionStage<?> unused = listening.begin(channel);
        return observe(observer);
    }

    private Observer observe(Observer observer) {
        observer.start();
        if (observersEnded) { // after the start: endObservers() sees the observer, or has set this
            observer.close();
        }
        return observer;
    }

    /**
     * Ends all observers and their threads. Consumers at work have that time, and are interrupted
     * then.
     */
    public void endObservers(Duration patience) throws InterruptedException {
        observersEnded = true;
        List<Observer> ending = List.copyOf(observers);
        ending.forEach(Observer::close);
        long until = System.nanoTime() + patience.toNanos();
        for (Observer observer : ending) {
            observer.end(Duration.ofNanos(until - System.nanoTime()));
        }
    }

    /**
     * Disconnects the clients that are overdue, and asks others for a sign of life. Called about
     * once a second.
     */
    public void check() {
        relieve();
        for (Client client : clients.values()) {
            try {
                client.check();
            } catch (Throwable failure) { // the other clients are still checked
                client.failed(failure);
            }
        }
    }

    /** Disconnects each client that comes from now on. */
    void closeAdmission(Disconnect reason) {
        node.admission().drain();
        admissionClosed = reason;
    }

    /** Disconnects all clients, and each client that comes from now on. */
    public void stop(Disconnect reason) {
        closeAdmission(reason);
        clients.values().forEach(client -> client.disconnect(reason));
    }

    /** Returns the number of clients of each kind. */
    public Map<Kind, Long> kinds() {
        return clients.values().stream().collect(Collectors.groupingBy(Connection::kind, Collectors.counting()));
    }

    /** Returns the number of subscriptions of this node that presence shows. */
    public int presenceCount() {
        return channels.values().stream().mapToInt(Channel::present).sum();
    }

    public int clientCount() {
        return clients.size();
    }

    public int channelCount() {
        return channels.size();
    }
}
