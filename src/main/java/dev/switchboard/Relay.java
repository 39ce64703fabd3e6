package dev.switchboard;

import dev.switchboard.access.AccessSettings;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.RulesPolicy;
import dev.switchboard.access.Tokens;
import dev.switchboard.access.Warnings;
import dev.switchboard.console.Activity;
import dev.switchboard.console.Console;
import dev.switchboard.engine.CountedEngine;
import dev.switchboard.engine.file.FileLog;
import dev.switchboard.hooks.Hooks;
import dev.switchboard.hub.Drain;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Node;
import dev.switchboard.hub.Revocations;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.hub.Spread;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.Counters;
import dev.switchboard.limits.EventLog;
import dev.switchboard.limits.PauseAwareClock;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.NodeInfo;
import dev.switchboard.protocol.ServerApi;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Tracing;
import dev.switchboard.spi.Witness;
import dev.switchboard.tracing.TracingLibrary;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs a relay: builds its parts, connects them, and drains and stops them. */
public final class Relay {

    private static final System.Logger LOG = System.getLogger(Relay.class.getName());

    /**
     * Threads of the HTTP client of the hooks. They block only while they look up the address of a
     * host.
     */
    private static final int HOOKS_THREADS = 2;

    /** The time between two checks of the clients, and of waiting notifications. */
    private static final Duration CHECK = Duration.ofSeconds(1);

    /** The time between two looks at what was left out of the log. */
    private static final Duration SWEEP = Duration.ofSeconds(10);

    /** When the relay stops, a running observer of the application has this time to finish. */
    private static final Duration OBSERVER_TIMEOUT = Duration.ofSeconds(5);

    private static final int DRAIN_STEPS_PER_SECOND = 10;

    /** The largest difference between the clocks of two machines. */
    private static final Duration CLOCK_DIFFERENCE = Duration.ofMinutes(1);

    /** The life of a token that never expires. */
    private static final Duration FOREVER = Duration.ofDays(1_000_000);

    private final Settings settings;
    private final Counters counters;
    private final Threads threads;
    private final Watchdog watchdog;
    private final PauseAwareClock uptime;
    private final EventLog events;
    private final Tracing tracing = TracingLibrary.find(Relay.class.getClassLoader());
    private final Admission admission;
    private final Warnings warnings;
    private final Tokens tokens;
    private final AccessPolicy access;
    private final @Nullable Hooks hooks; // null if no hook has a URL
    private final Storage storage;
    private final Hub hub;
    private final ServerOperations operations;
    private final Protocols protocols;
    private final ServerApi api;
    private final @Nullable Console console; // null if no operator has a way to it
    private final String uid = UUID.randomUUID().toString().replace("-", ""); // 32 digits, as in a connect reply
    private final String name = ManagementFactory.getRuntimeMXBean().getName();
    private final long startedAt = System.nanoTime();
    private @Nullable CompletableFuture<@Nullable Void> drained; // guarded by this

    /**
     * Starts a relay.
     *
     * @throws IllegalArgumentException if the folder of the log cannot be used; nothing was started
     */
    public Relay(Settings settings, ChannelRules rules) {
        this(settings, rules, LocalStorage.log(settings));
    }

    private Relay(Settings settings, ChannelRules rules, @Nullable FileLog log) {
        this.settings = settings;
        counters = new Counters(rules.namespaces().keySet());
        threads = new Threads(counters);
        watchdog = threads.watchdog();
        uptime = new PauseAwareClock(System::nanoTime, counters.pauses());
        Executor background = threads.background();
        Executor writers = threads.writers();
        Executor journal = threads.journal();
        events = new EventLog(journal, System::nanoTime, settings.logFormat());
        storage = settings.engine().redis().servers().isEmpty()
                ? new LocalStorage(settings, log, threads)
                : new SharedStorage(settings, uid, threads);
        tokens = new Tokens(
                settings.access(),
                InstantSource.system(),
                background,
                writers,
                watchdog,
                counters.authFailures(),
                storage.ledger());
        access = new RulesPolicy(rules, tokens, settings.access().access());
        hooks = settings.hooks().isEmpty()
                ? null
                : new Hooks(
                        settings.hooks(),
                        settings.messageBytes(),
                        threads.startedPool(HOOKS_THREADS, "switchboard-hooks-"),
                        writers,
                        watchdog,
                        InstantSource.system(),
                        System::nanoTime,
                        events,
                        tracing);
        admission = new Admission(settings.capacity(), System::nanoTime);
        Activity activity =
                settings.console().isOn() || !settings.api().keys().isOff() ? new Activity(System::nanoTime) : null;
        hub = new Hub(new Node(
                settings.limits(),
                new CountedEngine(storage.engine(), counters.engine(), tracing, System::nanoTime),
                storage.cluster(),
                access,
                hooks == null ? Application.NONE : hooks,
                new Revocations(InstantSource.system(), storage.ledger()),
                InstantSource.system(),
                System::nanoTime,
                uptime,
                admission,
                counters,
                writers,
                background,
                new Spread(watchdog, writers, System::nanoTime),
                journal,
                events,
                activity == null ? Witness.NONE : activity));
        protocols = new Protocols(settings, rules, hub);
        operations = new ServerOperations(hub);
        cluster().start(operations.local(), this::info);
        api = new ServerApi(
                operations,
                this::nodes,
                InstantSource.system(),
                tokenLife(),
                settings.api().messageBytes(),
                counters.api(),
                events);
        console = activity == null
                ? null
                : new Console(
                        uid,
                        settings.console(),
                        hub,
                        activity,
                        admission,
                        counters,
                        operations,
                        this::nodes,
                        settings.limits(),
                        writers,
                        InstantSource.system(),
                        System::nanoTime);
        warnings = new Warnings(settings.access(), settings.origins(), settings.hosts());
        warnings.repeat(watchdog, journal);
        threads.repeat(CHECK, this::check);
        threads.repeat(CHECK, cluster()::check);
        threads.repeat(SWEEP, events::sweep);
        if (hooks != null) {
            threads.repeat(CHECK, hooks::tick);
        }
        if (console != null) {
            threads.repeatInBackground(CHECK, console::tick);
        }
    }

    /**
     * Runs the task in the background after each pause, never twice at a time, until the relay
     * stops. The task may block.
     */
    public void every(Duration pause, Runnable task) {
        threads.repeatInBackground(pause, task);
    }

    private Duration tokenLife() {
        AccessSettings access = settings.access();
        return access.isEndless() ? FOREVER : access.lifetime().plus(CLOCK_DIFFERENCE);
    }

    /** Returns the state of this node. */
    public NodeInfo info() {
        return hub.info(uid, name, Duration.ofNanos(System.nanoTime() - startedAt));
    }

    private List<NodeInfo> nodes() {
        return Stream.concat(Stream.of(info()), cluster().others().stream()).toList();
    }

    private void check() {
        uptime.beat();
        hub.check();
        uptime.rest();
    }

    /** Returns false after the thread of the watchdog has died; then only a restart helps. */
    public boolean isAlive() {
        return watchdog.isAlive();
    }

    /** Returns why the engine cannot do its work at present; null if it can. */
    public @Nullable String engineFault() {
        return storage.engine().fault();
    }

    public Settings settings() {
        return settings;
    }

    /** Returns the executor of short tasks that do not block. */
    public Executor writers() {
        return threads.writers();
    }

    /** Returns the executor of tasks that may block. */
    public Executor background() {
        return threads.background();
    }

    /** Returns what begins the spans of this relay. */
    public Tracing tracing() {
        return tracing;
    }

    /** Returns the executor that closes connections, one at a time. */
    public Executor closing() {
        return threads.closing();
    }

    /** Returns the limits of connections, which admit clients or refuse them. */
    public Admission admission() {
        return admission;
    }

    /** Returns the log of what happens to clients. */
    public EventLog events() {
        return events;
    }

    /** Returns the warnings about insecure settings. */
    public Warnings warnings() {
        return warnings;
    }

    /** Returns the policy of rights. */
    public AccessPolicy access() {
        return access;
    }

    /** Returns the age of the public keys that were fetched; null if there are none. */
    public @Nullable Duration ageOfKeys() {
        return tokens.ageOfKeys();
    }

    /** Returns null if no hook has a URL. */
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

    /** Returns the operations of the application. */
    public ServerOperations backend() {
        return operations;
    }

    /** Returns the same operations for requests over HTTP. */
    public ServerApi api() {
        return api;
    }

    /** Returns what operators see; null if neither a password, a role nor a key lets one in. */
    public @Nullable Console console() {
        return console;
    }

    /** Returns the id of this node, which changes with each start. */
    public String uid() {
        return uid;
    }

    /** Returns the other nodes that share channels with this one. */
    public Cluster cluster() {
        return storage.cluster();
    }

    /** Returns the protocols, which connect clients. */
    public Protocols protocols() {
        return protocols;
    }

    /**
     * Admits no client any more, and disconnects all clients at the pace of the settings. Completes
     * when each has been told. May be called again.
     */
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
     * Drains, and returns when every client is closed, or 30 s after the drain. Then no thread of
     * the relay runs. Later clients are disconnected at once. May be called again.
     */
    public void stop() {
        if (!threads.isStopped()) {
            drain().join();
        }
        hub.stop(Disconnect.SHUTDOWN);
        if (console != null) {
            console.close();
        }
        try {
            if (hooks != null && !threads.isStopped()) {
                hooks.stop();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        cluster().close();
        try {
            threads.stop();
            hub.endObservers(OBSERVER_TIMEOUT);
            threads.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            storage.close();
        }
    }
}
