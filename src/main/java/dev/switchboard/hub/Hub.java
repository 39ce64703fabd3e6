package dev.switchboard.hub;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Who is connected to this node and who hears what. */
public final class Hub {

    private final Map<String, Client> clients = new ConcurrentHashMap<>();
    private final Map<String, Channel> channels = new ConcurrentHashMap<>();
    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Executor background;
    private volatile @Nullable Disconnect stopped;

    /** {@code background} runs what may block: closes and the log lines of disconnects. */
    public Hub(Limits limits, LongSupplier nanoTime, Executor background) {
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.background = background;
    }

    /** Takes in a new connection; on a hub that has been stopped it is disconnected at once. */
    public Client connect(Transport transport, Protocol protocol) {
        Client client = new Client(this, transport, protocol);
        clients.put(client.id(), client);
        client.open();
        client.logConnect();
        Disconnect stop = stopped; // read after the put: stop() either sees this client or has set it
        if (stop != null) {
            client.disconnect(stop);
        }
        return client;
    }

    void remove(Client client) {
        clients.remove(client.id());
    }

    void join(String channel, Subscription subscription) {
        channels.compute(channel, (name, existing) -> {
            Channel joined = existing == null ? new Channel() : existing;
            joined.add(subscription);
            return joined;
        });
    }

    void leave(String channel, Subscription subscription) {
        channels.computeIfPresent(channel, (name, left) -> {
            left.remove(subscription);
            return left.isEmpty() ? null : left;
        });
    }

    void publish(String channel, Publication publication) {
        Channel listeners = channels.get(channel);
        if (listeners != null) {
            listeners.publish(publication);
        }
    }

    Outbox outbox(Transport transport, Consumer<Throwable> onWriteFailure) {
        return new Outbox(transport, limits, nanoTime, onWriteFailure);
    }

    Pulse pulse(Outbox outbox) {
        return new Pulse(outbox, limits, nanoTime);
    }

    void background(Runnable task) {
        background.execute(task);
    }

    /** The watchdog's round, about once a second: disconnects clients that keep their frames waiting or are gone without a word. */
    public void check() {
        clients.values().forEach(Client::check);
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
