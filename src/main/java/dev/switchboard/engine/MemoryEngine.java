package dev.switchboard.engine;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything in the memory of this node: lost when it stops, which clients learn by a new epoch.
 *
 * <p>A stream's lock covers the append and the feed, so that all hear a channel in the order of its offsets.
 */
public final class MemoryEngine implements Engine {

    private static final int REMEMBERED_ANSWERS = 100_000;

    private final HistoryMemory holdings;
    private final LongSupplier nanoTime;
    private final Executor writers;
    private final Map<String, Stream> streams = new ConcurrentHashMap<>();
    private final Map<String, Map<String, ClientInfo>> present = new ConcurrentHashMap<>();
    private final IdempotencyCache answers = new IdempotencyCache(REMEMBERED_ANSWERS);
    private final AtomicBoolean makingRoom = new AtomicBoolean();
    private volatile @Nullable Feed feed;

    /**
     * {@code maxBytes} is what all histories may hold together; beyond it the largest history loses
     * its oldest publications, on {@code writers}.
     */
    public MemoryEngine(long maxBytes, LongSupplier nanoTime, Executor writers) {
        this.holdings = new HistoryMemory(maxBytes);
        this.nanoTime = nanoTime;
        this.writers = writers;
    }

    @Override
    public void start(Feed listeners) {
        feed = listeners;
    }

    private Feed feed() {
        return Objects.requireNonNull(feed, "not started");
    }

    @Override
    public CompletionStage<@Nullable Position> publish(String channel, Publication publication, Retention retention) {
        if (!retention.keeps()) {
            feed().published(channel, publication).run();
            return CompletableFuture.completedStage(null);
        }
        record Announced(Position position, Runnable writes) {}
        Announced announced = in(channel, stream -> {
            if (stream.isOutdated(publication)) {
                return new Announced(stream.top(), () -> {});
            }
            Publication placed = stream.append(publication, retention, nanoTime.getAsLong());
            return new Announced(Objects.requireNonNull(placed.position()), feed().published(channel, placed));
        });
        announced.writes.run();
        checkRoom();
        return CompletableFuture.completedStage(announced.position);
    }

    @Override
    public CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention) {
        return answers.once(channel, key, nanoTime.getAsLong(), () -> publish(channel, publication, retention));
    }

    @Override
    public CompletionStage<?> removeHistory(String channel) {
        in(channel, stream -> {
            stream.clear(nanoTime.getAsLong());
            return stream;
        });
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<History> history(String channel, HistoryQuery query, Retention retention) {
        try {
            History page = in(channel, stream -> stream.read(query, nanoTime.getAsLong()));
            checkRoom();
            return CompletableFuture.completedStage(page);
        } catch (ClientError refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    /** Works on the channel's stream, under its lock. */
    private <T> T in(String channel, Function<Stream, T> work) {
        while (true) {
            Stream stream = streams.computeIfAbsent(channel, this::newStream);
            synchronized (stream) {
                if (!stream.isForgotten()) {
                    try {
                        return work.apply(stream);
                    } finally {
                        holdings.used(stream);
                    }
                }
            }
        }
    }

    private Stream newStream(String channel) {
        return new Stream(channel, holdings.share(), holdings.slot(), nanoTime.getAsLong());
    }

    /** Called without a lock: making room takes those of other streams. */
    private void checkRoom() {
        if (holdings.areTooMuch() && makingRoom.compareAndSet(false, true)) {
            writers.execute(this::makeRoom);
        }
    }

    /** Forgets the streams that nobody has used for long and what is too old in the others; called now and then. */
    public void sweep() {
        long now = nanoTime.getAsLong();
        answers.evict(now);
        for (Stream stream : streams.values()) {
            synchronized (stream) {
                stream.evict(now);
                if (stream.isAbandoned(now)) {
                    forget(stream);
                } else if (!stream.isForgotten()) {
                    holdings.shrunk(stream);
                }
            }
        }
    }

    private void makeRoom() {
        makingRoom.set(false);
        Stream next = holdings.next();
        while (next != null && !holdings.areRelieved()) {
            synchronized (next) {
                boolean still = holdings.next() == next; // another thread may have changed it
                if (still && next.isEmpty()) {
                    forget(next);
                } else if (still) {
                    holdings.take(next);
                }
            }
            next = holdings.next();
        }
    }

    private void forget(Stream stream) {
        streams.remove(stream.channel(), stream);
        stream.forget();
        holdings.shrunk(stream);
    }

    @Override
    public CompletionStage<?> enter(String channel, ClientInfo who) {
        present.compute(channel, (name, existing) -> {
            Map<String, ClientInfo> members = existing == null ? new ConcurrentHashMap<>() : existing;
            members.put(who.client(), who);
            return members;
        });
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> exit(String channel, String client) {
        present.computeIfPresent(channel, (name, members) -> {
            members.remove(client);
            return members.isEmpty() ? null : members;
        });
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        Map<String, ClientInfo> members = present.get(channel);
        // Not Map.copyOf: who leaves and comes back meanwhile may be met twice, and that throws.
        return CompletableFuture.completedStage(members == null ? Map.of() : new HashMap<>(members));
    }

    @Override
    public CompletionStage<?> announceJoin(String channel, ClientInfo who) {
        feed().joined(channel, who).run();
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> announceLeave(String channel, ClientInfo who) {
        feed().left(channel, who).run();
        return CompletableFuture.completedStage(null);
    }
}
