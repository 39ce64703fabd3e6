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
 * Stores streams and presence in the memory of this node. If the node stops, they are lost, and
 * clients see it by the new epochs.
 *
 * <p>The lock of a stream covers both the append and the feed. The feed therefore gets the
 * publications of a channel in the order of their offsets.
 */
public final class MemoryEngine implements Engine {

    private static final int MAX_KEYS = 100_000;

    private final HistoryMemory historyMemory;
    private final LongSupplier nanoTime;
    private final Executor writers;
    private final Map<String, Stream> streams = new ConcurrentHashMap<>();
    private final Map<String, Map<String, ClientInfo>> presence = new ConcurrentHashMap<>();
    private final IdempotencyCache idempotency = new IdempotencyCache(MAX_KEYS);
    private final AtomicBoolean freeing = new AtomicBoolean();
    private volatile @Nullable Feed feed;

    /**
     * Creates an engine.
     *
     * @param maxBytes the bound for all histories together; beyond it the largest histories lose
     *     their oldest publications
     * @param nanoTime a monotonic clock in nanoseconds
     * @param writers runs the work that frees memory
     */
    public MemoryEngine(long maxBytes, LongSupplier nanoTime, Executor writers) {
        this.historyMemory = new HistoryMemory(maxBytes);
        this.nanoTime = nanoTime;
        this.writers = writers;
    }

    @Override
    public void start(Feed newFeed) {
        feed = newFeed;
    }

    private Feed feed() {
        return Objects.requireNonNull(feed, "the engine has not been started");
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
        freeMemoryIfNeeded();
        return CompletableFuture.completedStage(announced.position);
    }

    @Override
    public CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention) {
        return idempotency.once(channel, key, nanoTime.getAsLong(), () -> publish(channel, publication, retention));
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
            freeMemoryIfNeeded();
            return CompletableFuture.completedStage(page);
        } catch (ClientError refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    /** Runs {@code work} on the stream of the channel, under the lock of the stream. */
    private <T> T in(String channel, Function<Stream, T> work) {
        while (true) {
            Stream stream = streams.computeIfAbsent(channel, this::newStream);
            synchronized (stream) {
                if (!stream.isForgotten()) {
                    try {
                        return work.apply(stream);
                    } finally {
                        historyMemory.used(stream);
                    }
                }
            }
        }
    }

    private Stream newStream(String channel) {
        return new Stream(channel, historyMemory.share(), historyMemory.slot(), nanoTime.getAsLong());
    }

    /** Frees memory if needed. The caller holds no lock, because this locks other streams. */
    private void freeMemoryIfNeeded() {
        if (historyMemory.isExceeded() && freeing.compareAndSet(false, true)) {
            writers.execute(this::freeMemory);
        }
    }

    /**
     * Forgets streams that were unused for a long time, expired publications and expired
     * idempotency keys. The relay calls this regularly.
     */
    public void sweep() {
        long now = nanoTime.getAsLong();
        idempotency.evict(now);
        for (Stream stream : streams.values()) {
            synchronized (stream) {
                stream.evict(now);
                if (stream.isAbandoned(now)) {
                    forget(stream);
                } else if (!stream.isForgotten()) {
                    historyMemory.shrunk(stream);
                }
            }
        }
    }

    private void freeMemory() {
        freeing.set(false);
        Stream next = historyMemory.next();
        while (next != null && !historyMemory.isRelieved()) {
            synchronized (next) {
                boolean still = historyMemory.next() == next; // another thread may have changed that
                if (still && next.isEmpty()) {
                    forget(next);
                } else if (still) {
                    historyMemory.shrink(next);
                }
            }
            next = historyMemory.next();
        }
    }

    private void forget(Stream stream) {
        streams.remove(stream.channel(), stream);
        stream.forget();
        historyMemory.shrunk(stream);
    }

    @Override
    public CompletionStage<?> enter(String channel, ClientInfo client) {
        presence.compute(channel, (name, existing) -> {
            Map<String, ClientInfo> members = existing == null ? new ConcurrentHashMap<>() : existing;
            members.put(client.client(), client);
            return members;
        });
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> exit(String channel, String client) {
        presence.computeIfPresent(channel, (name, members) -> {
            members.remove(client);
            return members.isEmpty() ? null : members;
        });
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        Map<String, ClientInfo> members = presence.get(channel);
        // Map.copyOf throws if it meets a client twice, which leaves and returns during the copy.
        return CompletableFuture.completedStage(members == null ? Map.of() : new HashMap<>(members));
    }

    @Override
    public CompletionStage<?> announceJoin(String channel, ClientInfo client) {
        feed().joined(channel, client).run();
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> announceLeave(String channel, ClientInfo client) {
        feed().left(channel, client).run();
        return CompletableFuture.completedStage(null);
    }
}
