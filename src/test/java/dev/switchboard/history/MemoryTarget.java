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

/** The relay itself, in memory, with a thread for each that it would have: what is concurrent in a server is so here. */
final class MemoryTarget implements Target, AutoCloseable {

    private static final int OUTBOX_BYTES = 1_048_576;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ExecutorService writers = Executors.newFixedThreadPool(2);
    private final Forgetful engine = new Forgetful();
    private final Node node;
    private final Hub hub;

    /** {@code rewinding} channels give slow clients the rest from their history; {@code faults} makes of a sound engine one that is not. */
    MemoryTarget(Map<String, Integer> channels, Set<String> rewinding, UnaryOperator<Engine> faults) {
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

    /** Loses the history of single channels, as a restart loses that of all. */
    private static final class Forgetful implements Engine {
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
    public Line open(Line.Ear ear) {
        Pipe pipe = new Pipe(ear);
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
        counters.put("outbox.bytes", 0L); // goes with its client
        return counters;
    }

    /** How often a slow client was sent back to the history. */
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

    /** One thing after another, on some thread. */
    private final class Serial implements Executor {
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

    /** A connection with room for one message in each direction on its way. */
    private final class Pipe implements Line, Transport {
        private final Line.Ear ear;
        private final Serial up = new Serial();
        private final Serial down = new Serial();

        @Nullable
        volatile Client client;

        private @Nullable Runnable stuck;
        private boolean paused;

        Pipe(Line.Ear ear) {
            this.ear = ear;
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
                ear.text(((Frame.Text) frame).text());
                completion.completed(null);
            };
            if (paused) {
                stuck = delivery;
            } else {
                down.execute(delivery);
            }
        }

        @Override
        public void close(Disconnect why, @Nullable Frame word) {
            down.execute(() -> ear.closed(why.code()));
        }
    }
}
