package dev.switchboard.console;

import dev.switchboard.console.Timeline.Point;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.limits.Counters;
import dev.switchboard.model.NodeInfo;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Gives operators what this node does, as streams of events and as {@link Views}. Any thread;
 * nothing blocks.
 */
public final class Console {

    /** Maximum streams at a time of either kind. */
    private static final int MAX_FEEDS = 100;

    private static final int MAX_WATCHES = 10;

    private static final double SECOND = TimeUnit.SECONDS.toNanos(1);

    private final String node;
    private final Operators operators;
    private final Views views;
    private final Activity activity;
    private final Admission admission;
    private final Executor writers;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Timeline timeline = new Timeline();
    private final Set<Listener> feeds = new CopyOnWriteArraySet<>();

    // For one thread at a time.
    private final Sampler sampler;
    private long sampledAt;
    private long lastPoint;
    private boolean drainTold;

    /**
     * {@code node} is the id of this node, {@code writers} runs short tasks, and {@code nanoTime} is
     * monotonic, as {@link System#nanoTime}.
     */
    public Console(
            String node,
            ConsoleSettings settings,
            Hub hub,
            Activity activity,
            Admission admission,
            Counters counters,
            ServerOperations backend,
            Supplier<List<NodeInfo>> nodes,
            ClientLimits limits,
            Executor writers,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.node = node;
        this.operators = new Operators(settings, nanoTime);
        this.views = new Views(node, hub, activity, backend, nodes, limits);
        this.activity = activity;
        this.admission = admission;
        this.writers = writers;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.sampler = new Sampler(hub, admission, counters);
        this.sampledAt = nanoTime.getAsLong();
    }

    public Operators operators() {
        return operators;
    }

    public Views views() {
        return views;
    }

    /** Adds a point and passes it on. The caller calls this about once a second. */
    public void tick() {
        long now = nanoTime.getAsLong();
        long at = Math.max(lastPoint + 1, clock.instant().getEpochSecond());
        Point point = new Point(at, sampler.sample(at, Math.max(1, now - sampledAt) / SECOND));
        sampledAt = now;
        lastPoint = at;
        synchronized (timeline) { // so that a listener that comes misses no point and gets none twice
            timeline.add(point);
            feeds.forEach(feed -> feed.event("point", Long.toString(point.at()), point.json()));
        }
        if (admission.isDraining() && !drainTold) {
            drainTold = true;
            String notice = new JsonWriter()
                    .string("message", "This node is draining: it disconnects its clients and admits no others.")
                    .finish();
            feeds.forEach(feed -> feed.event("notice", "", notice));
        }
        activity.watches().forEach(Watch::tick);
        listeners().forEach(Listener::ping);
    }

    /**
     * Gives the listener the points after that second, which is 0 for all, and each point from now
     * on. Returns false if there are too many listeners. {@link #leave} follows.
     */
    public boolean follow(long since, Listener listener) {
        synchronized (timeline) {
            if (feeds.size() >= MAX_FEEDS) {
                return false;
            }
            List<Point> past = timeline.after(since);
            String points = past.stream().map(Point::json).collect(Collectors.joining(",", "[", "]"));
            String id = past.isEmpty()
                    ? ""
                    : Long.toString(past.get(past.size() - 1).at());
            listener.event(
                    "past",
                    id,
                    new JsonWriter(points.length() + 64)
                            .string("node", node)
                            .json("points", points)
                            .finish());
            feeds.add(listener);
            return true;
        }
    }

    /**
     * Gives the listener what happens in a channel, to a client or to the clients of a user.
     * {@link #leave} follows.
     *
     * @param kind {@code channel}, {@code client} or {@code user}
     * @param payloads whether events show the data of publications
     * @return false if there are too many
     */
    public synchronized boolean watch(String kind, String name, boolean payloads, Listener listener) {
        if (activity.watches().size() >= MAX_WATCHES) {
            return false;
        }
        Watch.Target target = Watch.Target.valueOf(kind.toUpperCase(Locale.ROOT));
        activity.watches().add(new Watch(target, name, payloads, listener, writers, nanoTime));
        return true;
    }

    /** Gives the listener nothing more. May be called again. */
    public void leave(Listener listener) {
        feeds.remove(listener);
        activity.watches().removeIf(watch -> watch.isFor(listener));
    }

    private List<Listener> listeners() {
        return Stream.concat(feeds.stream(), activity.watches().stream().map(Watch::listener))
                .toList();
    }

    /** Ends all streams. */
    public void close() {
        listeners().forEach(Listener::end);
    }
}
