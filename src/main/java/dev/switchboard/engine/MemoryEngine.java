package dev.switchboard.engine;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import dev.switchboard.spi.Engine;
import java.util.HashMap;
import java.util.List;
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
 * Stores streams and presence in the memory of this node. Without a log, streams are lost when the
 * node stops, and clients see it by the new epochs.
 *
 * <p>The lock of a stream covers both the append and the feed. The feed therefore gets the
 * publications of a channel in the order of their offsets.
 */
public final class MemoryEngine implements Engine, AutoCloseable {

    private static final System.Logger LOG = System.getLogger(MemoryEngine.class.getName());

    private static final int MAX_KEYS = 100_000;

    private final StreamLog log;
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
        this(maxBytes, nanoTime, writers, StreamLog.NONE);
    }

    /**
     * Creates an engine that records its streams.
     *
     * @param log is closed with this engine
     */
    public MemoryEngine(long maxBytes, LongSupplier nanoTime, Executor writers, StreamLog log) {
        this.log = log;
        this.historyMemory = new HistoryMemory(maxBytes);
        this.nanoTime = nanoTime;
        this.writers = writers;
    }

    @Override
    public void start(Feed newFeed) {
        feed = newFeed;
        log.start(new Earlier(), this::visit);
        freeMemoryIfNeeded();
    }

    /** Puts what an earlier process recorded. */
    private final class Earlier implements StreamLog.Restored {

        @Override
        public void stream(String channel, Position top, @Nullable Version version, List<StreamLog.Kept> kept) {
            Stream stream = newStream(channel);
            synchronized (stream) {
                stream.restore(top, version, kept, nanoTime.getAsLong());
                streams.put(channel, stream);
                historyMemory.used(stream);
            }
        }

        @Override
        public void answer(StreamLog.Answered answered) {
            long expiry = nanoTime.getAsLong() + answered.left().toNanos();
            idempotency.restore(answered.channel(), answered.key(), answered.position(), expiry);
        }
    }

    private void visit(StreamLog.Visitor visitor) {
        for (Stream stream : streams.values()) {
            List<StreamLog.Kept> kept = List.of();
            synchronized (stream) {
                if (!stream.isForgotten() && stream.isRecorded()) {
                    kept = stream.kept(nanoTime.getAsLong());
                    visitor.stream(stream.channel(), stream.top(), stream.version());
                }
            }
            visitor.kept(stream.channel(), kept);
        }
        idempotency.visit(nanoTime.getAsLong(), visitor::answer);
    }

    private Feed feed() {
        return Objects.requireNonNull(feed, "the engine has not been started");
    }

    @Override
    public CompletionStage<@Nullable Position> publish(String channel, Publication publication, Retention retention) {
        return publish(channel, publication, retention, "");
    }

    private CompletionStage<@Nullable Position> publish(
            String channel, Publication publication, Retention retention, String key) {
        if (!retention.keeps()) {
            if (!key.isEmpty()) {
                recordKey(channel, key);
            }
            feed().published(channel, publication).run();
            return CompletableFuture.completedStage(null);
        }
        CompletableFuture<@Nullable Position> answer = new CompletableFuture<>();
        Runnable writes;
        try {
            writes = in(channel, stream -> {
                if (stream.isOutdated(publication)) {
                    completeWhenSafe(answer, stream.top());
                    return () -> {};
                }
                Publication placed = stream.place(publication);
                log.published(channel, placed, retention, key);
                stream.append(placed, retention, nanoTime.getAsLong());
                return announce(channel, placed, answer);
            });
        } catch (ClientError refused) {
            return CompletableFuture.failedStage(refused);
        }
        writes.run();
        freeMemoryIfNeeded();
        return answer;
    }

    /** A channel without history goes on while the log has no room; only its keys are forgotten by a restart. */
    private void recordKey(String channel, String key) {
        try {
            log.answered(channel, key);
        } catch (ClientError noRoom) {
            LOG.log(System.Logger.Level.DEBUG, "an idempotency key is not recorded");
        }
    }

    /**
     * Announces the publication, under the lock of its stream; the caller runs the writes without it. If
     * the log waits for the disk, the log announces the publication later, in the same order.
     */
    private Runnable announce(String channel, Publication placed, CompletableFuture<@Nullable Position> answer) {
        if (!log.waitsForDisk()) {
            answer.complete(placed.position());
            return feed().published(channel, placed);
        }
        log.whenSafe(() -> {
            feed().published(channel, placed).run();
            answer.complete(placed.position());
        });
        return () -> {};
    }

    @Override
    public CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention) {
        return idempotency.once(
                channel, key, nanoTime.getAsLong(), () -> publish(channel, publication, retention, key));
    }

    @Override
    public CompletionStage<?> removeHistory(String channel) {
        try {
            in(channel, stream -> {
                log.cleared(channel, stream.top());
                stream.clear(nanoTime.getAsLong());
                return stream;
            });
            return safe(channel);
        } catch (ClientError refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    @Override
    public CompletionStage<History> history(String channel, HistoryQuery query, Retention retention) {
        try {
            History page = in(channel, stream -> stream.read(query, nanoTime.getAsLong()));
            freeMemoryIfNeeded();
            return safe(page);
        } catch (ClientError refused) {
            return CompletableFuture.failedStage(refused);
        }
    }

    /** A page may hold publications that are not safe yet. */
    private <T extends @Nullable Object> CompletionStage<T> safe(T value) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        completeWhenSafe(answer, value);
        return answer;
    }

    private <T extends @Nullable Object> void completeWhenSafe(CompletableFuture<T> answer, T value) {
        if (log.waitsForDisk()) {
            log.whenSafe(() -> answer.complete(value));
        } else {
            answer.complete(value);
        }
    }

    /** Runs {@code work} on the stream of the channel, under the lock of the stream. */
    private <T> T in(String channel, Function<Stream, T> work) {
        while (true) {
            Stream stream = streams.computeIfAbsent(channel, this::newStream);
            synchronized (stream) {
                if (!stream.isForgotten()) {
                    try {
                        record(stream);
                        return work.apply(stream);
                    } finally {
                        historyMemory.used(stream);
                    }
                }
            }
        }
    }

    /** Records a new stream before anyone learns its epoch. */
    private void record(Stream stream) {
        if (!stream.isRecorded()) {
            log.created(stream.channel(), stream.top());
            stream.recorded();
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

    @Override
    public @Nullable String fault() {
        return log.fault();
    }

    /** Closes the log; nothing can be published to a history afterwards. May block. */
    @Override
    public void close() {
        log.close();
    }
}
