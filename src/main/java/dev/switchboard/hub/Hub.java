package dev.switchboard.hub;

import dev.switchboard.model.ChannelEvent;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
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
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The clients, channels and observations of this node. */
public final class Hub {

    private final Map<String, Client> clients = new ConcurrentHashMap<>();
    private final Map<String, Set<Client>> users = new ConcurrentHashMap<>();
    private final Map<String, Channel> channels = new ConcurrentHashMap<>();
    private final List<Observer> observations = new CopyOnWriteArrayList<>();
    private final Node node;
    private final Authorizer consent;
    private final Publisher publisher;
    private final Relief relief;
    private volatile @Nullable Disconnect stopped;
    private volatile boolean observationsEnded;

    public Hub(Node node) {
        this.node = node;
        this.consent = new Authorizer(node.access(), node.application());
        this.publisher = new Publisher(node, consent);
        this.relief = new Relief(node, clients.values());
        node.engine().start(new Listeners());
    }

    /** Takes in a new connection; on a hub that has been stopped it is disconnected at once. */
    public Client connect(Transport transport, Protocol protocol) {
        Client client = new Client(this, node, transport, protocol);
        client.logConnect();
        clients.put(client.id(), client);
        client.open();
        Disconnect stop = stopped; // read after the put: stop() either sees this client or has set it
        if (stop != null) {
            client.disconnect(stop);
        }
        return client;
    }

    /** Publishes one message of an HTTP request, as {@link Publisher#publish(Peer, String, Payload, String)} says. */
    public CompletionStage<@Nullable Position> publish(Peer peer, String channel, Payload data, String sender) {
        return publisher.publish(peer, channel, data, sender);
    }

    Publisher publisher() {
        return publisher;
    }

    Node node() {
        return node;
    }

    Authorizer consent() {
        return consent;
    }

    /** The client says whose it is; {@link #remove} follows. */
    void identified(Client client, String user) {
        if (user.isEmpty()) {
            return;
        }
        users.compute(user, (name, before) -> {
            Set<Client> theirs = before == null ? ConcurrentHashMap.newKeySet() : before;
            theirs.add(client);
            return theirs;
        });
        if (client.isEnded()) {
            forget(client, user);
        }
    }

    /** {@code user} is whose it is as far as it has said so. */
    void remove(Client client, String user) {
        clients.remove(client.id());
        forget(client, user);
    }

    private void forget(Client client, String user) {
        users.computeIfPresent(user, (name, theirs) -> {
            theirs.remove(client);
            return theirs.isEmpty() ? null : theirs;
        });
    }

    List<Client> clients(ClientSelector who) {
        return candidates(who).stream().filter(client -> client.isMeant(who)).toList();
    }

    /** Returns clients among which the recipients are. */
    private Collection<Client> candidates(ClientSelector who) {
        if (!who.client().isEmpty()) {
            Client client = clients.get(who.client());
            return client == null ? List.of() : List.of(client);
        }
        return who.user().isEmpty() ? clients.values() : users.getOrDefault(who.user(), Set.of());
    }

    Collection<Client> clients() {
        return clients.values();
    }

    Map<String, Integer> channels() {
        Map<String, Integer> sizes = new HashMap<>();
        channels.forEach((name, channel) -> sizes.put(name, channel.size()));
        return sizes;
    }

    int userCount() {
        return users.size();
    }

    void relieve() {
        relief.relieve();
    }

    /** Returns a new dispatch, which the caller fills and runs. */
    Dispatch dispatch() {
        return new Dispatch(node.writers(), relief);
    }

    void join(Subscription subscription) {
        channels.compute(subscription.channel(), (name, existing) -> {
            Channel joined = existing == null ? new Channel() : existing;
            if (existing == null) {
                node.application().occupied(name);
            }
            joined.add(subscription);
            return joined;
        });
    }

    void leave(Subscription subscription) {
        channels.computeIfPresent(subscription.channel(), (name, left) -> {
            left.remove(subscription);
            if (!left.isEmpty()) {
                return left;
            }
            node.application().vacated(name);
            return null;
        });
    }

    /** Null if nobody hears it. */
    @Nullable
    Channel channel(String name) {
        return channels.get(name);
    }

    /** True if it hears from now on, false if it ended before. */
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

    /** What the engine brings for the clients of this node. */
    private final class Listeners implements Engine.Feed {

        @Override
        public Runnable published(String channel, Publication publication) {
            return tell(
                    channel,
                    Broadcast.publication(channel, publication),
                    new ChannelEvent.Published(channel, publication));
        }

        @Override
        public Runnable joined(String channel, ClientInfo who) {
            return tell(channel, Broadcast.join(channel, who), new ChannelEvent.Joined(channel, who));
        }

        @Override
        public Runnable left(String channel, ClientInfo who) {
            return tell(channel, Broadcast.leave(channel, who), new ChannelEvent.Left(channel, who));
        }

        private Runnable tell(String channel, Broadcast broadcast, ChannelEvent event) {
            Channel listeners = channels.get(channel);
            if (listeners == null) {
                observed(event);
                return () -> {};
            }
            Dispatch dispatch = dispatch();
            listeners.tell(broadcast, dispatch, () -> observed(event));
            return dispatch;
        }

        private void observed(ChannelEvent event) {
            for (Observer observation : observations) {
                observation.hear(event);
            }
        }
    }

    /** The application hears what happens from now on; {@code wanted} is memory only. */
    public Observer observe(Predicate<ChannelEvent> wanted, Consumer<ChannelEvent> observer) {
        Observer observation = new Observer(wanted, observer, node, observations);
        observation.start();
        if (observationsEnded) { // read after the start: the end either sees this one or has set it
            observation.close();
        }
        return observation;
    }

    /** Ends all observations, each with its thread; observers that are at work have that time, and are interrupted then. */
    public void endObservations(Duration patience) throws InterruptedException {
        observationsEnded = true;
        List<Observer> ending = List.copyOf(observations);
        ending.forEach(Observer::close);
        long until = System.nanoTime() + patience.toNanos();
        for (Observer observation : ending) {
            observation.end(Duration.ofNanos(until - System.nanoTime()));
        }
    }

    /** The watchdog's round, about once a second: disconnects clients that keep their frames waiting or are gone without a word. */
    public void check() {
        relieve();
        for (Client client : clients.values()) {
            try {
                client.check();
            } catch (Throwable failure) { // the others have their turn all the same
                client.failed(failure);
            }
        }
    }

    /** Disconnects each client that comes from now on. */
    void closeAdmission(Disconnect reason) {
        node.admission().drain();
        stopped = reason;
    }

    /** Disconnects all clients, and from now on each new one. */
    public void stop(Disconnect why) {
        closeAdmission(why);
        clients.values().forEach(client -> client.disconnect(why));
    }

    public int clientCount() {
        return clients.size();
    }

    public int channelCount() {
        return channels.size();
    }
}
