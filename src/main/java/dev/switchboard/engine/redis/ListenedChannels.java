package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Failure;
import dev.switchboard.model.Position;
import dev.switchboard.spi.Engine;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Brings the events of the channels that this node needs, and finds out whether publications are
 * missing: when one does not follow the one before, and for each channel once in a round.
 *
 * <p>The answer to a check comes behind all messages that were published before it, on the same
 * connection. So it says exactly what must have come.
 */
final class ListenedChannels {

    private static final System.Logger LOG = System.getLogger(ListenedChannels.class.getName());

    private static final class Listened {

        final String channel;
        final AtomicBoolean checking = new AtomicBoolean();
        volatile boolean hasStream;
        volatile @Nullable Position last; // written by the reading thread

        Listened(String channel) {
            this.channel = channel;
        }
    }

    private final Redis redis;
    private final Keys keys;
    private final StreamScripts streams;
    private final Readiness readiness;
    private final Engine.Feed feed;
    private final Map<String, Listened> byEvents = new ConcurrentHashMap<>(); // by channel of Redis
    private final Rounds<Listened> rounds;
    private final Map<Link, Long> ends = new ConcurrentHashMap<>(); // the number of ends of connections
    private volatile boolean warned;

    /** Checks each channel once in so many calls of {@link #tick}. */
    ListenedChannels(Redis redis, Keys keys, StreamScripts streams, Readiness readiness, Engine.Feed feed, int ticks) {
        this.redis = redis;
        this.keys = keys;
        this.streams = streams;
        this.readiness = readiness;
        this.feed = feed;
        this.rounds = new Rounds<>(ticks);
    }

    CompletionStage<?> listen(String channel) {
        Place place = redis.place(channel);
        byte[] events = keys.events(place, channel);
        byEvents.computeIfAbsent(text(events), name -> new Listened(channel));
        return place.link().subscribe(events);
    }

    void unlisten(String channel) {
        Place place = redis.place(channel);
        byte[] events = keys.events(place, channel);
        Listened listened = byEvents.remove(text(events));
        if (listened != null) {
            rounds.remove(listened);
        }
        place.link().unsubscribe(events);
    }

    private static String text(byte[] events) {
        return new String(events, UTF_8);
    }

    /** Notes that clients of this node may have positions in the channel. */
    void hasStream(String channel) {
        Listened listened = byEvents.get(text(keys.events(redis.place(channel), channel)));
        if (listened != null) {
            hasStream(listened);
        }
    }

    private void hasStream(Listened listened) {
        if (!listened.hasStream) {
            listened.hasStream = true;
            rounds.add(listened);
            if (byEvents.get(text(keys.events(redis.place(listened.channel), listened.channel))) != listened) {
                rounds.remove(listened); // it ended meanwhile
            }
        }
    }

    /** Receives a message; does nothing if it comes from no channel that this node needs. */
    void message(byte[] events, byte[] bytes) {
        Listened listened = byEvents.get(text(events));
        if (listened == null) {
            return;
        }
        Message message;
        try {
            message = Message.read(bytes);
        } catch (IllegalArgumentException foreign) {
            warnOnce(foreign);
            return;
        }
        give(listened, message).run();
    }

    private Runnable give(Listened listened, Message message) {
        if (message instanceof Message.Published published) {
            Runnable writes = feed.published(listened.channel, published.publication());
            Position position = published.publication().position();
            if (position != null) {
                arrived(listened, position);
            }
            return writes;
        }
        if (message instanceof Message.Joined joined) {
            return feed.joined(listened.channel, joined.client());
        }
        return feed.left(listened.channel, ((Message.Left) message).client());
    }

    private void warnOnce(IllegalArgumentException foreign) {
        if (!warned) {
            warned = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "Redis brought " + foreign.getMessage()
                            + ", which is dropped. Does something else write to the channels of the relay?"
                            + " This is logged once");
        }
    }

    private void arrived(Listened listened, Position position) {
        Position before = listened.last;
        listened.last = position;
        hasStream(listened);
        if (before != null && !before.isFollowedBy(position)) {
            check(listened);
        }
    }

    /**
     * Notes that a link has left its server. An answer of that server says nothing any more: messages
     * of the next one may have come before it.
     */
    void disconnected(Link link) {
        ends.merge(link, 1L, Long::sum);
    }

    private long ends(Link link) {
        return ends.getOrDefault(link, 0L);
    }

    /** Checks all channels of the link soon. */
    void checkAll(Link link) {
        for (Listened listened : byEvents.values()) {
            if (listened.hasStream && redis.place(listened.channel).link() == link) {
                rounds.hurry(listened);
            }
        }
    }

    /** Checks all channels soon. */
    void checkAll() {
        redis.links().forEach(this::checkAll);
    }

    void tick() {
        rounds.tick().forEach(this::check);
    }

    private void check(Listened listened) {
        Place place = redis.place(listened.channel);
        if (!readiness.allows(place.link()) || !listened.checking.compareAndSet(false, true)) {
            return;
        }
        long begin = ends(place.link());
        var unused = streams.top(place, listened.channel, top -> checked(listened, place, top, begin))
                .whenComplete((writes, failure) -> {
                    if (failure == null) {
                        writes.run();
                        return;
                    }
                    listened.checking.set(false);
                    if (Failure.cause(failure) == ClientError.TOO_MANY_REQUESTS) {
                        rounds.hurry(listened);
                    }
                });
    }

    /** Takes the top before any later message. Returns the writes that follow. */
    private Runnable checked(Listened listened, Place place, Position top, long begin) {
        listened.checking.set(false);
        if (ends(place.link()) != begin) {
            rounds.hurry(listened);
            return () -> {};
        }
        listened.last = top;
        return byEvents.get(text(keys.events(place, listened.channel))) == listened
                ? feed.reached(listened.channel, top)
                : () -> {};
    }
}
