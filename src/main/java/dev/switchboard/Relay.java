package dev.switchboard;

import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.RulesPolicy;
import dev.switchboard.access.Tokens;
import dev.switchboard.access.Warnings;
import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.hub.AccessPolicy;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Node;
import dev.switchboard.hub.Tally;
import dev.switchboard.hub.Transport;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.JsonText;
import dev.switchboard.protocol.RawProtocol;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A running relay: the parts, joined, and the threads behind them. */
public final class Relay {

    private static final System.Logger LOG = System.getLogger(Relay.class.getName());

    /** A close may block for seconds on a stuck connection; this many may do so at a time before others wait. */
    private static final int BACKGROUND_THREADS = 16;

    private static final int STOP_SECONDS = 30;

    private static final int SWEEP_SECONDS = 10;

    private final Settings settings;
    private final ChannelRules rules;
    private final List<Thread> started = new CopyOnWriteArrayList<>();
    private final ThreadPoolExecutor background = pool(BACKGROUND_THREADS, "switchboard-background-");
    private final ThreadPoolExecutor writers = pool(Runtime.getRuntime().availableProcessors(), "switchboard-writer-");
    private final ScheduledExecutorService watchdog =
            Executors.newSingleThreadScheduledExecutor(threads("switchboard-watchdog-"));
    private final Hub hub;

    public Relay(Settings settings, ChannelRules rules) {
        this.settings = settings;
        this.rules = rules;
        MemoryEngine engine = new MemoryEngine(settings.historyBytes(), System::nanoTime, background);
        Tokens tokens = new Tokens(
                settings.access(),
                JsonText::member,
                InstantSource.system(),
                background,
                writers,
                watchdog,
                new Tally());
        AccessPolicy access = new RulesPolicy(rules, tokens, settings.access().access());
        hub = new Hub(new Node(settings.limits(), engine, access, System::nanoTime, writers, background));
        new Warnings(settings.access(), settings.origins()).repeat(watchdog);
        Future<?> check = watchdog.scheduleWithFixedDelay(hub::check, 1, 1, TimeUnit.SECONDS);
        Future<?> sweep =
                watchdog.scheduleWithFixedDelay(() -> sweep(engine), SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    /** A task that throws would not be run again. */
    private static void sweep(MemoryEngine engine) {
        try {
            engine.sweep();
        } catch (Throwable failure) {
            LOG.log(System.Logger.Level.ERROR, "sweeping the histories", failure);
        }
    }

    /** All threads are there from the start, because a publisher's thread must not meet a machine that has none left to give. */
    private ThreadPoolExecutor pool(int size, String prefix) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size,
                size,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                threads(prefix),
                (task, stopped) -> task.run()); // a client that comes after the stop is served by its own thread
        pool.prestartAllCoreThreads();
        return pool;
    }

    private ThreadFactory threads(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
            started.add(thread);
            return thread;
        };
    }

    public Settings settings() {
        return settings;
    }

    /** Takes in a raw client; {@code parameters} are those of the URL's query. */
    public Client connectRaw(Transport transport, String channel, Map<String, List<String>> parameters) {
        String greeting = rules.of(channel).greeting();
        return hub.connect(
                transport, new RawProtocol(channel, parameters, greeting == null ? null : Frame.text(greeting)));
    }

    /** Takes in a client that speaks the client protocol in JSON. */
    public Client connectJson(Transport transport) {
        return hub.connect(transport, CentrifugeProtocol.json(settings.quota(), System::nanoTime));
    }

    /** Takes in a client that speaks the client protocol in Protobuf. */
    public Client connectProtobuf(Transport transport) {
        return hub.connect(transport, CentrifugeProtocol.protobuf(settings.quota(), System::nanoTime));
    }

    /**
     * Disconnects every client and returns when they are closed, or after 30 s; no thread of ours goes on. Clients that still come are
     * disconnected at once. May be called again.
     */
    public void stop() {
        hub.stop(Disconnect.SHUTDOWN);
        watchdog.shutdownNow();
        writers.shutdown();
        background.shutdown();
        try {
            if (!background.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                background.shutdownNow();
            }
            for (var pool : List.of(background, writers, watchdog)) {
                pool.awaitTermination(1, TimeUnit.SECONDS);
            }
            for (Thread thread : started) { // a pool that has terminated may have threads on their last steps
                thread.join(TimeUnit.SECONDS.toMillis(1));
            }
        } catch (InterruptedException interrupted) {
            background.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
