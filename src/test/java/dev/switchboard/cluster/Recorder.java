package dev.switchboard.cluster;

import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.NodeInfo;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/** A node that records the operations of other nodes, and has no clients. */
final class Recorder implements Cluster.Member {

    final List<Operation> done = Collections.synchronizedList(new ArrayList<>());
    final Map<String, Integer> channels = new HashMap<>();
    final SharedEngine.Connection connection;
    final ChannelCluster cluster;
    private final String uid;

    Recorder(SharedEngine engine, String uid, LongSupplier nanoTime, Executor writers) {
        this.uid = uid;
        connection = engine.connect();
        cluster = new ChannelCluster(connection, uid, nanoTime, writers);
    }

    /** Starts without events of client channels. */
    Recorder start() {
        return startAs("name of " + uid);
    }

    /** Starts as {@link #start} does, with that name. */
    Recorder startAs(String name) {
        cluster.engine().start(new NoFeed());
        cluster.start(this, () -> new NodeInfo(uid, name, 1, 2, 3, 4, Duration.ofSeconds(5)));
        return this;
    }

    /** Returns the users of the operations, which were all disconnects. */
    List<String> users() {
        synchronized (done) {
            return done.stream()
                    .map(operation ->
                            ((Operation.Disconnect) operation).selector().user())
                    .toList();
        }
    }

    /** Tells the others to disconnect the user. */
    CompletableFuture<?> tell(String user) {
        return cluster.tell(new Operation.Disconnect(ClientSelector.user(user), Set.of(), Disconnect.FORCED))
                .toCompletableFuture();
    }

    private CompletionStage<?> note(Operation operation) {
        done.add(operation);
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> subscribe(Operation.Subscribe operation) {
        return note(operation);
    }

    @Override
    public CompletionStage<?> unsubscribe(Operation.Unsubscribe operation) {
        return note(operation);
    }

    @Override
    public CompletionStage<?> disconnect(Operation.Disconnect operation) {
        return note(operation);
    }

    @Override
    public CompletionStage<?> refresh(Operation.Refresh operation) {
        return note(operation);
    }

    @Override
    public Map<String, Integer> channels(ChannelPattern pattern) {
        Map<String, Integer> found = new HashMap<>(channels);
        found.keySet().removeIf(channel -> !pattern.matches(channel));
        return found;
    }
}
