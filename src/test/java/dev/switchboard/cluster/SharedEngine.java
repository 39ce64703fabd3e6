package dev.switchboard.cluster;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An engine that several nodes share, each by a connection of its own, which can lose and delay
 * events, and can be cut.
 */
public final class SharedEngine {

    private static final Runnable NOTHING = () -> {};

    private final LongSupplier nanoTime;
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private volatile MemoryEngine store;
    private volatile boolean silent;

    public SharedEngine(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.store = newStore();
    }

    private MemoryEngine newStore() {
        MemoryEngine empty = new MemoryEngine(100_000_000, nanoTime, Runnable::run);
        empty.start(new Engine.Feed() {
            @Override
            public Runnable published(String channel, Publication publication) {
                return toAll(each -> each.event(channel, publication, feed -> feed.published(channel, publication)));
            }

            @Override
            public Runnable joined(String channel, ClientInfo client) {
                return toAll(each -> each.event(channel, null, feed -> feed.joined(channel, client)));
            }

            @Override
            public Runnable left(String channel, ClientInfo client) {
                return toAll(each -> each.event(channel, null, feed -> feed.left(channel, client)));
            }
        });
        return empty;
    }

    private Runnable toAll(Function<Connection, Runnable> event) {
        List<Runnable> writes = new ArrayList<>();
        connections.forEach(each -> writes.add(event.apply(each)));
        return () -> writes.forEach(Runnable::run);
    }

    /** Loses all streams, so that they have new epochs. */
    void lose() {
        store = newStore();
    }

    /** Gives the channel a new epoch, and keeps its history, as a failover does that loses nothing. */
    void failOver(String channel, Retention retention) {
        MemoryEngine before = store;
        store = newStore();
        silent = true;
        now(before.history(channel, new HistoryQuery(null, -1, HistoryQuery.Order.OLDEST_FIRST), retention))
                .publications()
                .forEach(publication -> now(store.publish(channel, publication, retention)));
        silent = false;
    }

    private static <T extends @Nullable Object> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    public Connection connect() {
        Connection added = new Connection();
        connections.add(added);
        return added;
    }

    /** The engine as one node has it. */
    public final class Connection implements Engine {

        private final Set<String> listening = ConcurrentHashMap.newKeySet();
        private final Queue<Runnable> held = new ArrayDeque<>();
        private volatile @Nullable Feed feed;
        private volatile @Nullable RuntimeException failure;
        private volatile boolean cut;
        private volatile boolean holds;
        private final Queue<Runnable> answers = new ArrayDeque<>();
        private volatile boolean late;
        private volatile BiPredicate<String, @Nullable Publication> lost = (channel, publication) -> false;

        /** Loses all events from now on, and fails all calls as an engine that is down does. */
        public void cut() {
            cut = true;
            failure = ClientError.INTERNAL;
        }

        /** Loses all events from now on; calls are still answered. */
        public void deafen() {
            cut = true;
        }

        /** Fails all calls from now on; null for none. */
        void fail(@Nullable RuntimeException reason) {
            failure = reason;
        }

        /** Listens again to all channels, and names the top of each stream. */
        void mend() {
            cut = false;
            failure = null;
            listening.forEach(this::reach);
        }

        /** Loses such events from now on. */
        void lose(BiPredicate<String, @Nullable Publication> which) {
            lost = which;
        }

        /** Delays events from now on until {@link #release}. */
        void hold() {
            holds = true;
        }

        void release() {
            holds = false;
            for (Runnable event = held.poll(); event != null; event = held.poll()) {
                event.run();
            }
        }

        /** Delays the answers to {@link #history} from now on until {@link #answer}. */
        void answerLater() {
            late = true;
        }

        void answer() {
            late = false;
            for (Runnable answer = answers.poll(); answer != null; answer = answers.poll()) {
                answer.run();
            }
        }

        /** Names the top of the stream. */
        void reach(String channel) {
            History page = now(store.history(channel, HistoryQuery.POSITION, Retention.NONE));
            feed().reached(channel, page.top()).run();
        }

        Set<String> listening() {
            return Set.copyOf(listening);
        }

        private Feed feed() {
            return Objects.requireNonNull(feed);
        }

        private Runnable event(String channel, @Nullable Publication publication, Function<Feed, Runnable> event) {
            if (silent || cut || !listening.contains(channel) || lost.test(channel, publication)) {
                return NOTHING;
            }
            if (holds) {
                held.add(() -> event.apply(feed()).run());
                return NOTHING;
            }
            return event.apply(feed());
        }

        private <T extends @Nullable Object> CompletionStage<T> call(Function<Engine, CompletionStage<T>> call) {
            RuntimeException reason = failure;
            return reason == null ? call.apply(store) : CompletableFuture.failedStage(reason);
        }

        private CompletionStage<?> done(Function<Engine, CompletionStage<?>> call) {
            RuntimeException reason = failure;
            return reason == null ? call.apply(store) : CompletableFuture.failedStage(reason);
        }

        @Override
        public void start(Feed newFeed) {
            feed = newFeed;
        }

        @Override
        public CompletionStage<?> listen(String channel) {
            RuntimeException reason = failure;
            if (reason != null) {
                return CompletableFuture.failedStage(reason);
            }
            listening.add(channel);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public @Nullable String fault() {
            return cut ? "no connection" : null;
        }

        @Override
        public void unlisten(String channel) {
            listening.remove(channel);
        }

        @Override
        public CompletionStage<@Nullable Position> publish(
                String channel, Publication publication, Retention retention) {
            return call(engine -> engine.publish(channel, publication, retention));
        }

        @Override
        public CompletionStage<@Nullable Position> publishOnce(
                String key, String channel, Publication publication, Retention retention) {
            return call(engine -> engine.publishOnce(key, channel, publication, retention));
        }

        @Override
        public CompletionStage<History> history(String channel, HistoryQuery query, Retention retention) {
            CompletionStage<History> page = call(engine -> engine.history(channel, query, retention));
            if (!late) {
                return page;
            }
            CompletableFuture<History> answer = new CompletableFuture<>();
            answers.add(() -> answer.complete(now(page)));
            return answer;
        }

        @Override
        public CompletionStage<?> removeHistory(String channel) {
            return done(engine -> engine.removeHistory(channel));
        }

        @Override
        public CompletionStage<?> enter(String channel, ClientInfo client) {
            return done(engine -> engine.enter(channel, client));
        }

        @Override
        public CompletionStage<?> exit(String channel, String client) {
            return done(engine -> engine.exit(channel, client));
        }

        @Override
        public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
            return call(engine -> engine.presence(channel));
        }

        @Override
        public CompletionStage<?> announceJoin(String channel, ClientInfo client) {
            return done(engine -> engine.announceJoin(channel, client));
        }

        @Override
        public CompletionStage<?> announceLeave(String channel, ClientInfo client) {
            return done(engine -> engine.announceLeave(channel, client));
        }
    }
}
