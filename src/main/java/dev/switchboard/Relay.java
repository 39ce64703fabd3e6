package dev.switchboard;

import dev.switchboard.access.ChannelRules;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Transport;
import dev.switchboard.protocol.RawProtocol;
import java.util.List;
import java.util.Map;
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

    private final Settings settings;
    private final ChannelRules rules;
    private final ThreadPoolExecutor background;
    private final ScheduledExecutorService watchdog;
    private final Hub hub;

    /**
     * Checks what it is given and starts.
     *
     * @throws IllegalArgumentException naming what does not fit together
     */
    public Relay(Settings settings, ChannelRules rules) {
        rules.all().forEach(rule -> {
            if (rule.greeting() != null && Frame.utf8Size(rule.greeting()) > settings.messageBytes()) {
                throw new IllegalArgumentException(
                        "a greeting in the channel rules is longer than switchboard.message.bytes");
            }
        });
        this.settings = settings;
        this.rules = rules;
        background = new ThreadPoolExecutor(
                BACKGROUND_THREADS,
                BACKGROUND_THREADS,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                threads("switchboard-background-"),
                (task, stopped) -> task.run()); // a client that came after the stop is closed by its own thread
        background.allowCoreThreadTimeOut(true);
        hub = new Hub(settings.limits(), System::nanoTime, background);
        watchdog = Executors.newSingleThreadScheduledExecutor(threads("switchboard-watchdog-"));
        Future<?> unused = watchdog.scheduleWithFixedDelay(this::check, 1, 1, TimeUnit.SECONDS);
    }

    private void check() {
        try {
            hub.check();
        } catch (RuntimeException failure) { // an exception that got out would be the last round
            LOG.log(System.Logger.Level.ERROR, "the watchdog met an internal error", failure);
        }
    }

    private static ThreadFactory threads(String prefix) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + count.incrementAndGet());
            thread.setDaemon(true);
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

    /** Disconnects every client and returns when they are closed, or after 30 s; no thread of ours is left. Clients that still come are disconnected at once. */
    public void stop() {
        hub.stop(Disconnect.SHUTDOWN);
        watchdog.shutdownNow();
        background.shutdown();
        try {
            if (!background.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                background.shutdownNow();
            }
            watchdog.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            background.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
