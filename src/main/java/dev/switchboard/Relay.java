package dev.switchboard;

import dev.switchboard.access.AccessSettings;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.RulesPolicy;
import dev.switchboard.access.Tokens;
import dev.switchboard.access.Warnings;
import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.engine.TimedEngine;
import dev.switchboard.hooks.Hooks;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Drain;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Node;
import dev.switchboard.hub.Revocations;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.Counters;
import dev.switchboard.limits.PauseAwareClock;
import dev.switchboard.limits.RateLimit;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.Emulation;
import dev.switchboard.protocol.RawProtocol;
import dev.switchboard.protocol.ServerApi;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Transport;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A running relay: the parts, joined, and the threads behind them. */
public final class Relay {

    private static final System.Logger LOG = System.getLogger(Relay.class.getName());

    /** A close may block for seconds on a stuck connection; this many may do so at a time before others wait. */
    private static final int BACKGROUND_THREADS = 16;

    /** Of the HTTP client, which blocks none of them but for the address of a host. */
    private static final int HOOKS_THREADS = 2;

    private static final int STOP_SECONDS = 30;

    private static final Duration CHECK = Duration.ofSeconds(1);

    private static final Duration SWEEP = Duration.ofSeconds(10);

    /** A log that does not keep up, on a full disk for instance, loses lines rather than keep anybody waiting. */
    private static final int JOURNAL_LINES = 10_000;

    private static final Duration ENGINE_PATIENCE = Duration.ofSeconds(2);

    /** An observer of the application that is at work when the relay stops has so long to finish. */
    private static final Duration OBSERVER_PATIENCE = Duration.ofSeconds(5);

    private static final int DRAIN_STEPS_PER_SECOND = 10;

    /** By how much those of two machines may differ. */
    private static final Duration CLOCKS = Duration.ofMinutes(1);

    private static final Duration FOREVER = Duration.ofDays(1_000_000);

    private final Settings settings;
    private final ChannelRules rules;
    private final List<Thread> started = new CopyOnWriteArrayList<>();
    private final ThreadPoolExecutor background = pool(BACKGROUND_THREADS, "switchboard-background-");
    private final ThreadPoolExecutor writers = pool(Runtime.getRuntime().availableProcessors(), "switchboard-writer-");
    private final ThreadPoolExecutor closing = pool(1, "switchboard-closing-");
    private final ThreadPoolExecutor journal = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(JOURNAL_LINES),
            threads("switchboard-journal-"),
            (line, full) -> lost());
    private final Counters counters = new Counters();
    private final Watchdog watchdog = new Watchdog(threads("switchboard-watchdog-"), this::failed);
    private final PauseAwareClock uptime = new PauseAwareClock(System::nanoTime, counters.pauses());
    private final Admission admission;
    private final Warnings warnings;
    private final Tokens tokens;
    private final AccessPolicy access;
    private final @Nullable ThreadPoolExecutor asking; // null if nobody is asked or told anything
    private final @Nullable Hooks hooks;
    private final Hub hub;
    private final ServerOperations backend;
    private final ServerApi api;
    private final String uid = UUID.randomUUID().toString();
    private final String name = ManagementFactory.getRuntimeMXBean().getName();
    private final long startedAt = System.nanoTime();
    private @Nullable CompletableFuture<@Nullable Void> drained; // guarded by this

    public Relay(Settings settings, ChannelRules rules) {
        this.settings = settings;
        this.rules = rules;
        MemoryEngine memory = new MemoryEngine(settings.historyBytes(), System::nanoTime, writers);
        Engine engine = new TimedEngine(memory, ENGINE_PATIENCE, watchdog, writers);
        tokens = new Tokens(
                settings.access(), InstantSource.system(), background, writers, watchdog, counters.authFailures());
        access = new RulesPolicy(rules, tokens, settings.access().access());
        asking = settings.hooks().isEmpty() ? null : pool(HOOKS_THREADS, "switchboard-hooks-");
        hooks = asking == null
                ? null
                : new Hooks(
                        settings.hooks(),
                        settings.messageBytes(),
                        asking,
                        writers,
                        watchdog,
                        InstantSource.system(),
                        System::nanoTime,
                        journal);
        admission = new Admission(settings.capacity(), System::nanoTime);
        hub = new Hub(new Node(
                settings.limits(),
                engine,
                access,
                hooks == null ? Application.NONE : hooks,
                new Revocations(InstantSource.system()),
                System::nanoTime,
                uptime,
                admission,
                counters,
                writers,
                background,
                journal));
        backend = new ServerOperations(hub);
        api = new ServerApi(
                backend,
                this::info,
                InstantSource.system(),
                tokenLife(),
                settings.api().messageBytes(),
                journal);
        warnings = new Warnings(settings.access(), settings.origins(), settings.hosts());
        warnings.repeat(watchdog, journal);
        repeat(CHECK, this::check);
        repeat(SWEEP, memory::sweep);
        if (hooks != null) {
            repeat(CHECK, hooks::tick);
        }
    }

    /**
     * Runs the task again and again, never twice at a time, until the relay stops. It has a thread of the background, so it may block; what it
     * throws is logged.
     */
    public void every(Duration pause, Runnable task) {
        AtomicBoolean running = new AtomicBoolean();
        Runnable once = () -> {
            try {
                task.run();
            } catch (Throwable failure) {
                failed(failure);
            } finally {
                running.set(false);
            }
        };
        repeat(pause, () -> {
            if (running.compareAndSet(false, true)) {
                try {
                    background.execute(once);
                } catch (Throwable refused) { // for want of memory
                    running.set(false);
                    throw refused;
                }
            }
        });
    }

    private Duration tokenLife() {
        AccessSettings access = settings.access();
        return access.isEndless() ? FOREVER : access.lifetime().plus(CLOCKS);
    }

    private ServerApi.NodeInfo info() {
        return new ServerApi.NodeInfo(
                uid,
                name,
                hub.clientCount(),
                backend.userCount(),
                backend.channels().values().stream().mapToInt(Integer::intValue).sum(),
                hub.channelCount(),
                Duration.ofNanos(System.nanoTime() - startedAt));
    }

    private void lost() {
        counters.lostLines().increment();
    }

    private void check() {
        uptime.beat();
        hub.check();
        uptime.rest();
    }

    private void repeat(Duration pause, Runnable task) {
        Future<?> unused =
                watchdog.scheduleWithFixedDelay(task, pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void failed(Throwable failure) {
        counters.internalErrors().count("watchdog");
        journal.execute(() -> LOG.log(System.Logger.Level.ERROR, "a task of the watchdog", failure));
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

    /** Returns false after the thread of the watchdog has died; then only a restart helps. */
    public boolean isAlive() {
        return watchdog.isAlive();
    }

    public Settings settings() {
        return settings;
    }

    /** For what takes a moment and does not block. */
    public Executor writers() {
        return writers;
    }

    /** For what may block. */
    public Executor background() {
        return background;
    }

    /** Returns the executor that closes connections, one at a time. */
    public Executor closing() {
        return closing;
    }

    /** Returns the limits of connections, which admit clients or refuse them. */
    public Admission admission() {
        return admission;
    }

    /** What its operator has left open. */
    public Warnings warnings() {
        return warnings;
    }

    /** Returns the policy of rights. */
    public AccessPolicy access() {
        return access;
    }

    /** How old the public keys are with which tokens are checked; null if there are none. */
    public @Nullable Duration ageOfKeys() {
        return tokens.ageOfKeys();
    }

    /** The application behind the relay; null if nobody is asked or told anything. */
    public @Nullable Hooks hooks() {
        return hooks;
    }

    public Counters counters() {
        return counters;
    }

    /** Returns the hub, which knows the clients and channels of this node. */
    public Hub hub() {
        return hub;
    }

    /** What the application may do. */
    public ServerOperations backend() {
        return backend;
    }

    /** The same for whoever asks over HTTP. */
    public ServerApi api() {
        return api;
    }

    /** Takes in a raw client; {@code parameters} are those of the URL's query. */
    public Client connectRaw(Transport transport, String channel, Map<String, List<String>> parameters) {
        String greeting = rules.of(channel).greeting();
        return hub.connect(transport, new RawProtocol(channel, parameters, greeting, rawQuota()));
    }

    /** Takes in a raw client that hears events; {@code lastEventId} is empty if it comes for the first time. */
    public Client connectEvents(
            Transport transport, String channel, Map<String, List<String>> parameters, String lastEventId) {
        String greeting = rules.of(channel).greeting();
        return hub.connect(transport, RawProtocol.events(channel, parameters, greeting, lastEventId));
    }

    /** Publishes one raw message of somebody who does not stay; refused as {@link RawProtocol#publish} says, thrown or by the stage. */
    public CompletionStage<?> publishRaw(
            Peer from, String channel, Map<String, List<String>> parameters, Frame message) {
        return RawProtocol.publish(hub, from, channel, parameters, message);
    }

    private BooleanSupplier rawQuota() {
        if (settings.rawPublishes() == Settings.UNLIMITED) {
            return () -> true;
        }
        RateLimit limit = new RateLimit(settings.rawPublishes(), System.nanoTime());
        return () -> limit.take(System.nanoTime());
    }

    /** Takes in a client that speaks the client protocol in JSON. */
    public Client connectJson(Transport transport) {
        return hub.connect(transport, CentrifugeProtocol.json(settings.quota(), System::nanoTime));
    }

    /** Takes in one whose commands come by requests of their own. */
    public Client connectJson(Transport transport, Emulation emulation) {
        return hub.connect(
                transport,
                CentrifugeProtocol.json(settings.quota(), System::nanoTime).emulated(emulation));
    }

    /** As {@link #connectJson(Transport, Emulation)}, in Protobuf. */
    public Client connectProtobuf(Transport transport, Emulation emulation) {
        return hub.connect(
                transport,
                CentrifugeProtocol.protobuf(settings.quota(), System::nanoTime).emulated(emulation));
    }

    /** Takes in a client that speaks the client protocol in Protobuf. */
    public Client connectProtobuf(Transport transport) {
        return hub.connect(transport, CentrifugeProtocol.protobuf(settings.quota(), System::nanoTime));
    }

    /** Lets nobody in any more and sends all clients away, at the pace of the settings; completes when they are told. May be called again. */
    public synchronized CompletableFuture<@Nullable Void> drain() {
        CompletableFuture<@Nullable Void> underWay = drained;
        if (underWay != null) {
            return underWay;
        }
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        drained = done;
        LOG.log(System.Logger.Level.INFO, () -> "draining clients=" + hub.clientCount());
        Drain drain =
                new Drain(hub, Disconnect.SHUTDOWN, Math.max(1, settings.drainRate() / DRAIN_STEPS_PER_SECOND), uptime);
        Future<?> steps = watchdog.scheduleAtFixedRate(
                () -> {
                    if (drain.step()) {
                        done.complete(null);
                    }
                },
                0,
                TimeUnit.SECONDS.toMillis(1) / DRAIN_STEPS_PER_SECOND,
                TimeUnit.MILLISECONDS);
        Future<?> end = watchdog.schedule(
                () -> {
                    try {
                        hub.stop(Disconnect.SHUTDOWN);
                    } finally {
                        done.complete(null);
                    }
                },
                settings.drainTime().toMillis(),
                TimeUnit.MILLISECONDS);
        done.thenRun(() -> {
            steps.cancel(false);
            end.cancel(false);
        });
        return done;
    }

    /**
     * Drains, and returns when every client is closed, or 30 s after the drain; no thread of ours goes on. Clients that still come are
     * disconnected at once. May be called again.
     */
    public void stop() {
        if (!watchdog.isShutdown()) {
            drain().join();
        }
        hub.stop(Disconnect.SHUTDOWN);
        try {
            if (hooks != null && !watchdog.isShutdown()) {
                hooks.stop();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        watchdog.shutdownNow();
        writers.shutdown();
        background.shutdown();
        closing.shutdown();
        journal.shutdown();
        if (asking != null) {
            asking.shutdown();
        }
        try {
            if (!background.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                background.shutdownNow();
            }
            if (!journal.awaitTermination(1, TimeUnit.SECONDS)) {
                journal.shutdownNow();
            }
            hub.endObservers(OBSERVER_PATIENCE);
            for (var pool : List.of(background, writers, closing, watchdog, journal)) {
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
