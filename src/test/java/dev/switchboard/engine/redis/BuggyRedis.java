package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.model.Position;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Is another Redis, between which and the engine a bug is planted. */
final class BuggyRedis implements Redis, Link.Listener {

    private static final Script ANNOUNCE =
            new Script("redis.call('DEL', KEYS[1]) return redis.call(ARGV[1], ARGV[2], ARGV[3])");

    private final RedisBug bug;
    private final Link.Listener listener;
    private final Map<Link, Link> links = new ConcurrentHashMap<>();
    private final Map<Script, Script> scripts = new ConcurrentHashMap<>();
    private final Map<String, Position> last = new ConcurrentHashMap<>();
    private volatile @Nullable Redis sound;

    private BuggyRedis(RedisBug bug, Link.Listener listener) {
        this.bug = bug;
        this.listener = listener;
    }

    /** {@code opening} opens the other Redis for a listener. */
    static Redis open(RedisBug bug, Link.Listener listener, Function<Link.Listener, Redis> opening) {
        if (bug == RedisBug.NONE) {
            return opening.apply(listener);
        }
        BuggyRedis buggy = new BuggyRedis(bug, listener);
        buggy.sound = opening.apply(buggy);
        return buggy;
    }

    private Redis sound() {
        return Objects.requireNonNull(sound);
    }

    private Link buggy(Link link) {
        return links.computeIfAbsent(link, BuggyLink::new);
    }

    @Override
    public Place place(String channel) {
        Place place = sound().place(channel);
        return new Place(buggy(place.link()), place.tag(), place.sharded());
    }

    @Override
    public Collection<Link> links() {
        return sound().links().stream().map(this::buggy).toList();
    }

    @Override
    public void close() {
        sound().close();
    }

    @Override
    public void connected(Link link) {
        listener.connected(buggy(link));
    }

    @Override
    public void disconnected(Link link) {
        listener.disconnected(buggy(link));
    }

    @Override
    public void message(byte[] channel, byte[] message) {
        if (bug != RedisBug.LOWER_OFFSETS_DROPPED || isExpected(new String(channel, UTF_8), message)) {
            listener.message(channel, message);
        }
    }

    private boolean isExpected(String channel, byte[] message) {
        if (message[0] != Message.PLACED) {
            return true;
        }
        Position next =
                ((Message.Published) Message.read(message)).publication().position();
        Position before = last.get(channel);
        if (next == null || before != null && next.epoch().equals(before.epoch()) && next.isBefore(before)) {
            return false;
        }
        last.put(channel, next);
        return true;
    }

    private final class BuggyLink implements Link {

        private final Link link;
        private @Nullable Runnable held; // for the reading thread
        private volatile byte @Nullable [] unconfirmed;

        BuggyLink(Link link) {
            this.link = link;
        }

        @Override
        public <T extends @Nullable Object> CompletionStage<T> run(
                Script script, List<byte[]> keys, List<byte[]> arguments, Function<@Nullable Object, T> reading) {
            Script planted = scripts.computeIfAbsent(script, bug::plantedIn);
            boolean outside = bug == RedisBug.ANNOUNCEMENT_OUTSIDE_THE_SCRIPT && planted != script;
            return link.run(planted, keys, arguments, reply -> {
                if (outside) {
                    announceInPairs(keys, arguments, (byte[]) Objects.requireNonNull(reply));
                }
                confirm();
                return reading.apply(reply);
            });
        }

        /** Announces two publications in the order in which two threads could do it. */
        private void announceInPairs(List<byte[]> keys, List<byte[]> arguments, byte[] position) {
            byte[] head = ("p" + new String(position, UTF_8) + " ").getBytes(UTF_8);
            byte[] bytes = arguments.get(5);
            byte[] message = Arrays.copyOf(head, head.length + bytes.length);
            System.arraycopy(bytes, 0, message, head.length, bytes.length);
            byte[] key = (new String(keys.get(0), UTF_8) + ":unused").getBytes(UTF_8);
            Runnable announcement = () -> {
                CompletionStage<?> unused =
                        link.run(ANNOUNCE, List.of(key), List.of(arguments.get(4), arguments.get(3), message));
            };
            Runnable before = held;
            held = announcement;
            if (before != null) {
                held = null;
                announcement.run();
                before.run();
            }
        }

        private void confirm() {
            byte[] channel = unconfirmed;
            if (channel != null) {
                unconfirmed = null;
                CompletionStage<?> unused = link.subscribe(channel);
            }
        }

        @Override
        public CompletionStage<?> subscribe(byte[] channel) {
            if (bug != RedisBug.SUBSCRIBED_BEFORE_THE_CONFIRMATION) {
                return link.subscribe(channel);
            }
            unconfirmed = channel;
            return CompletableFuture.completedStage(null);
        }

        @Override
        public void unsubscribe(byte[] channel) {
            link.unsubscribe(channel);
        }

        @Override
        public boolean isConnected() {
            return link.isConnected();
        }

        @Override
        public String fault() {
            return link.fault();
        }
    }
}
