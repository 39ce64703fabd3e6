package dev.switchboard.history;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Node;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Transport;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Runs the relay in memory, with the threads that it has in a server. */
public final class MemoryTarget implements Target, AutoCloseable {

    private static final int OUTBOX_BYTES = 1_048_576;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ExecutorService writers = Executors.newFixedThreadPool(2);
    private final ForgetfulEngine engine = new ForgetfulEngine();
    private final Node node;
    private final Hub hub;

    /**
     * Slow clients of {@code rewinding} channels are rewound; {@code faults} adds faults to the
     * engine.
     */
    public MemoryTarget(Map<String, Integer> channels, Set<String> rewinding, UnaryOperator<Engine> faults) {
        OpenAccess access = new OpenAccess();
        channels.forEach((channel, size) -> access.with(
                channel,
                ChannelOptions.PLAIN
                        .with(size == 0 ? Retention.NONE : new Retention(size, Duration.ofHours(1)))
                        .withPresence(true)
                        .withRecovery(Offer.ON_REQUEST)
                        .with(rewinding.contains(channel) ? SlowPolicy.REWIND : SlowPolicy.DISCONNECT)));
        Duration hour = Duration.ofHours(1);
        ClientLimits limits = new ClientLimits(hour, OUTBOX_BYTES, hour, hour, hour, hour, hour, 128);
        node = Nodes.of(limits, faults.apply(engine), access, System::nanoTime, writers, threads);
        hub = new Hub(node);
    }

    /** An engine that can lose the history of a channel. */
    private static final class ForgetfulEngine implements Engine {
        private final Map<String, MemoryEngine> engines = new ConcurrentHashMap<>();
        private @Nullable Feed feed;

        private MemoryEngine of(String channel) {
            return engines.computeIfAbsent(channel, name -> {
                MemoryEngine engine = new MemoryEngine(Long.MAX_VALUE, System::nanoTime, Runnable::run);
                engine.start(Objects.requireNonNull(feed));
                return engine;
            });
        }

        @Override
        public void start(Feed listeners) {
            feed = listeners;
        }

        @Override
        public CompletionStage<@Nullable Position> publish(
                String channel, Publication publication, Retention retention) {
            return of(channel).publish(channel, publication, retention);
        }

        @Override
        public CompletionStage<@Nullable Position> publishOnce(
                String key, String channel, Publication publication, Retention retention) {
            return of(channel).publishOnce(key, channel, publication, retention);
        }

        @Override
        public CompletionStage<?> removeHistory(String channel) {
            return of(channel).removeHistory(channel);
        }

        @Override
        public CompletionStage<History> history(String channel, HistoryQuery query, Retention retention) {
            return of(channel).history(channel, query, retention);
        }

        @Override
        public CompletionStage<?> enter(String channel, ClientInfo who) {
            return of("presence").enter(channel, who);
        }

        @Override
        public CompletionStage<?> exit(String channel, String client) {
            return of("presence").exit(channel, client);
        }

        @Override
        public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
            return of("presence").presence(channel);
        }

        @Override
        public CompletionStage<?> announceJoin(String channel, ClientInfo who) {
            return of("presence").announceJoin(channel, who);
        }

        @Override
        public CompletionStage<?> announceLeave(String channel, ClientInfo who) {
            return of("presence").announceLeave(channel, who);
        }
    }

    @Override
    public Line open(Line.Listener listener) {
        MemoryLine pipe = new MemoryLine(listener);
        pipe.client = hub.connect(
                pipe, CentrifugeProtocol.json(new Quota(1_000_000, 1_000_000, 1_000_000, 65_536), System::nanoTime));
        return pipe;
    }

    @Override
    public void loseHistory(String channel) {
        engine.engines.remove(channel);
    }

    @Override
    public Map<String, Long> counters() {
        Map<String, Long> counters = new TreeMap<>();
        counters.put("clients", (long) hub.clientCount());
        counters.put("channels", (long) hub.channelCount());
        counters.put("outbox.bytes", 0L); // an outbox ends with its client
        return counters;
    }

    /** Returns the number of rewinds of slow clients. */
    long rewinds() {
        return node.counters().drops().counts().getOrDefault("rewind", 0L);
    }

    @Override
    public boolean waitUntil(BooleanSupplier met) {
        return WebSocketTarget.await(met);
    }

    @Override
    public void close() {
        hub.stop(Disconnect.SHUTDOWN);
        threads.shutdownNow();
        writers.shutdownNow();
    }

    /** Runs one task after another, on any thread. */
    private final class SerialExecutor implements Executor {
        private final Queue<Runnable> tasks = new ArrayDeque<>();
        private boolean running;

        @Override
        public synchronized void execute(Runnable task) {
            tasks.add(task);
            if (!running) {
                running = true;
                threads.execute(this::run);
            }
        }

        private void run() {
            for (Runnable task = next(); task != null; task = next()) {
                task.run();
            }
        }

        private synchronized @Nullable Runnable next() {
            Runnable next = tasks.poll();
            running = next != null;
            return next;
        }
    }

    /** A connection that holds one message in each direction. */
    private final class MemoryLine implements Line, Transport {
        private final Line.Listener listener;
        private final SerialExecutor up = new SerialExecutor();
        private final SerialExecutor down = new SerialExecutor();

        @Nullable
        volatile Client client;

        private @Nullable Runnable stuck;
        private boolean paused;

        MemoryLine(Line.Listener listener) {
            this.listener = listener;
        }

        @Override
        public void send(String frame) {
            up.execute(() -> Objects.requireNonNull(client).receive(Frame.text(frame)));
        }

        @Override
        public synchronized void pause() {
            paused = true;
        }

        @Override
        public synchronized void resume() {
            paused = false;
            if (stuck != null) {
                down.execute(stuck);
                stuck = null;
            }
        }

        @Override
        public void cut() {
            up.execute(() -> Objects.requireNonNull(client).closed(1006, ""));
        }

        @Override
        public synchronized void send(Frame frame, Completion completion) {
            Runnable delivery = () -> {
                listener.text(((Frame.Text) frame).text());
                completion.completed(null);
            };
            if (paused) {
                stuck = delivery;
            } else {
                down.execute(delivery);
            }
        }

        @Override
        public void close(Disconnect why, @Nullable Frame last) {
            down.execute(() -> listener.closed(why.code()));
        }
    }
}
