package dev.switchboard.hub;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Who is connected to this node and who hears what. */
public final class Hub {

    private final Map<String, Client> clients = new ConcurrentHashMap<>();
    private final Map<String, Channel> channels = new ConcurrentHashMap<>();
    private final Node node;
    private volatile @Nullable Disconnect stopped;

    public Hub(Node node) {
        this.node = node;
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

    void remove(Client client) {
        clients.remove(client.id());
    }

    void join(Subscription subscription) {
        channels.compute(subscription.channel(), (name, existing) -> {
            Channel joined = existing == null ? new Channel() : existing;
            joined.add(subscription);
            return joined;
        });
    }

    void leave(Subscription subscription) {
        channels.computeIfPresent(subscription.channel(), (name, left) -> {
            left.remove(subscription);
            return left.isEmpty() ? null : left;
        });
    }

    /** True if it hears from now on, false if it ended before. */
    boolean goLive(Subscription subscription, List<Frame> answer, @Nullable Position reached) {
        Channel channel = channels.get(subscription.channel());
        if (channel == null) {
            return false;
        }
        Dispatch dispatch = new Dispatch();
        boolean live = channel.goLive(subscription, answer, reached, dispatch);
        dispatch.run();
        return live;
    }

    /** What the engine brings for the clients of this node. */
    private final class Listeners implements Engine.Feed {

        @Override
        public Runnable published(String channel, Publication publication) {
            return tell(channel, Broadcast.publication(channel, publication));
        }

        @Override
        public Runnable joined(String channel, ClientInfo who) {
            return tell(channel, Broadcast.join(channel, who));
        }

        @Override
        public Runnable left(String channel, ClientInfo who) {
            return tell(channel, Broadcast.leave(channel, who));
        }

        private Runnable tell(String channel, Broadcast broadcast) {
            Channel listeners = channels.get(channel);
            return listeners == null ? () -> {} : listeners.tell(broadcast);
        }
    }

    /** The watchdog's round, about once a second: disconnects clients that keep their frames waiting or are gone without a word. */
    public void check() {
        for (Client client : clients.values()) {
            try {
                client.check();
            } catch (Throwable failure) { // the others have their turn all the same
                client.failed(failure);
            }
        }
    }

    /** Disconnects all clients, and from now on each new one. */
    public void stop(Disconnect why) {
        stopped = why;
        clients.values().forEach(client -> client.disconnect(why));
    }

    public int clientCount() {
        return clients.size();
    }

    public int channelCount() {
        return channels.size();
    }
}
