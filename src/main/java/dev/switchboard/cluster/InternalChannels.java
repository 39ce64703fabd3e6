package dev.switchboard.cluster;

import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * InternalChannels takes the events of channels that belong to the nodes alone.
 *
 * <p>Their names begin with a control character. No client and no application can use such a name:
 * {@link GuardedEngine} refuses it.
 */
final class InternalChannels {

    /** The first character of each name. */
    private static final char FIRST = '\u0001';

    /** Receives the events of one channel, in its turns. */
    interface Receiver {

        /** Receives a message; {@code position} is null in a channel without history. */
        void published(String text, @Nullable Position position);

        /** Receives the top of the stream, as {@link Engine.Feed#reached} does. */
        default void reached(Position top) {}

        /** Learns that each message that is published from now on comes. */
        default void listening() {}
    }

    private final Engine engine;
    private final Map<String, Open> open = new ConcurrentHashMap<>();

    InternalChannels(Engine engine) {
        this.engine = engine;
    }

    static String name(String word) {
        return FIRST + word;
    }

    static boolean isInternal(String channel) {
        return !channel.isEmpty() && channel.charAt(0) == FIRST;
    }

    /** Listens to the channel from now on. */
    void open(String channel, Turns turns, Receiver receiver) {
        Open opened = new Open(channel, turns, receiver);
        open.put(channel, opened);
        opened.listen();
    }

    /** Listens again where that has failed. */
    void check() {
        open.values().forEach(Open::listen);
    }

    void close() {
        open.keySet().forEach(engine::unlisten);
        open.clear();
    }

    private final class Open {
        private final String channel;
        private final Turns turns;
        private final Receiver receiver;
        private final AtomicBoolean listens = new AtomicBoolean();

        Open(String channel, Turns turns, Receiver receiver) {
            this.channel = channel;
            this.turns = turns;
            this.receiver = receiver;
        }

        void listen() {
            if (!listens.compareAndSet(false, true)) {
                return;
            }
            CompletionStage<?> unused = engine.listen(channel).whenComplete((done, failure) -> {
                if (failure == null) {
                    turns.execute(receiver::listening);
                } else {
                    listens.set(false);
                }
            });
        }

        Runnable published(Publication publication) {
            String text = publication.data().frame().text();
            if (text == null) {
                return () -> {};
            }
            turns.offer(() -> receiver.published(text, publication.position()));
            return turns::run;
        }

        Runnable reached(Position top) {
            turns.offer(() -> receiver.reached(top));
            return turns::run;
        }
    }

    /** Returns a feed that takes the events of internal channels, and gives all others to {@code feed}. */
    Engine.Feed over(Engine.Feed feed) {
        return new Engine.Feed() {
            @Override
            public Runnable published(String channel, Publication publication) {
                if (!isInternal(channel)) {
                    return feed.published(channel, publication);
                }
                Open taken = open.get(channel);
                return taken == null ? () -> {} : taken.published(publication);
            }

            @Override
            public Runnable joined(String channel, ClientInfo client) {
                return isInternal(channel) ? () -> {} : feed.joined(channel, client);
            }

            @Override
            public Runnable left(String channel, ClientInfo client) {
                return isInternal(channel) ? () -> {} : feed.left(channel, client);
            }

            @Override
            public Runnable reached(String channel, Position top) {
                if (!isInternal(channel)) {
                    return feed.reached(channel, top);
                }
                Open taken = open.get(channel);
                return taken == null ? () -> {} : taken.reached(top);
            }
        };
    }
}
