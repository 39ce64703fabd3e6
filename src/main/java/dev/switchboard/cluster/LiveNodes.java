package dev.switchboard.cluster;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.LogText;
import dev.switchboard.model.NodeInfo;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * LiveNodes says every 3 s that this node lives, and knows the other nodes that it heard in the last
 * 10 s. Time without the engine does not count: then no node can be heard.
 */
final class LiveNodes implements InternalChannels.Receiver {

    private static final System.Logger LOG = System.getLogger(LiveNodes.class.getName());

    static final String CHANNEL = InternalChannels.name("nodes");

    /** In seconds, which are calls of {@link #check}. */
    private static final int PAUSE = 3;

    private static final Duration SILENCE = Duration.ofSeconds(10);

    /** What a node said last, and when, in nanoseconds. */
    private record Heard(NodeInfo info, long at) {}

    private final Engine engine;
    private final String self;
    private final Supplier<NodeInfo> info;
    private final LongSupplier nanoTime;
    private final Map<String, Heard> heard = new ConcurrentHashMap<>();
    private int checks;
    private volatile boolean ended;

    LiveNodes(Engine engine, String self, Supplier<NodeInfo> info, LongSupplier nanoTime) {
        this.engine = engine;
        this.self = self;
        this.info = info;
        this.nanoTime = nanoTime;
    }

    /** Returns the other nodes, in the order of their ids. */
    List<NodeInfo> others() {
        return heard.values().stream()
                .filter(this::lives)
                .map(Heard::info)
                .sorted(Comparator.comparing(NodeInfo::uid))
                .toList();
    }

    boolean knows(String node) {
        Heard last = heard.get(node);
        return last != null && lives(last);
    }

    private boolean lives(Heard last) {
        return nanoTime.getAsLong() - last.at <= SILENCE.toNanos();
    }

    /** Says that this node lives, and forgets silent nodes. Called once a second, in its turns. */
    void check() {
        if (checks == 0) {
            say();
        }
        checks = (checks + 1) % PAUSE;
        if (engine.fault() != null) {
            long now = nanoTime.getAsLong();
            heard.replaceAll((uid, last) -> new Heard(last.info, now));
            return;
        }
        heard.forEach((uid, last) -> {
            if (!lives(last) && heard.remove(uid, last)) {
                log("is silent for " + SILENCE.toSeconds() + " s", last.info);
            }
        });
    }

    @Override
    public void listening() {
        say();
    }

    private void say() {
        if (ended) {
            return;
        }
        NodeInfo now = info.get();
        send(new JsonWriter()
                .string("uid", now.uid())
                .string("name", now.name())
                .number("clients", now.clients())
                .number("users", now.users())
                .number("subscriptions", now.subscriptions())
                .number("channels", now.channels())
                .number("uptime", now.uptime().toSeconds()));
    }

    /** Tells the other nodes that this node ends. */
    void sayGoodbye() {
        ended = true; // first, so that no sign of life follows
        send(new JsonWriter().string("uid", self).flag("gone", true));
    }

    private void send(JsonWriter json) {
        CompletionStage<?> unused = engine.publish(
                        CHANNEL, Publication.ofServer(Payload.json(json.finish()), Map.of(), ""), Retention.NONE)
                .exceptionally(failure -> {
                    LOG.log(System.Logger.Level.DEBUG, "a sign of life is lost", failure);
                    return null;
                });
    }

    @Override
    public void published(String text, @Nullable Position position) {
        JsonObject json;
        NodeInfo node;
        try {
            json = JsonObject.of(text);
            node = read(json);
        } catch (IllegalArgumentException malformed) {
            LOG.log(System.Logger.Level.DEBUG, "a sign of life cannot be read", malformed);
            return;
        }
        if (node.uid().isEmpty() || node.uid().equals(self)) {
            return;
        }
        if (json.flag("gone")) {
            Heard last = heard.remove(node.uid());
            if (last != null) {
                log("has ended", last.info);
            }
        } else if (heard.put(node.uid(), new Heard(node, nanoTime.getAsLong())) == null) {
            log("is there", node);
            say(); // so that a new node need not wait
        }
    }

    private static NodeInfo read(JsonObject json) {
        return new NodeInfo(
                json.text("uid"),
                json.text("name"),
                (int) json.number("clients"),
                (int) json.number("users"),
                (int) json.number("subscriptions"),
                (int) json.number("channels"),
                Duration.ofSeconds(json.number("uptime")));
    }

    private static void log(String what, NodeInfo node) {
        LOG.log(
                System.Logger.Level.INFO,
                () -> "node " + LogText.quote(node.uid()) + " " + what + ", name=" + LogText.quote(node.name()));
    }
}
