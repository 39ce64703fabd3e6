package dev.switchboard.engine;

import dev.switchboard.hub.ChannelOptions.Retention;
import dev.switchboard.hub.ClientError;
import dev.switchboard.hub.ClientInfo;
import dev.switchboard.hub.Engine;
import dev.switchboard.hub.History;
import dev.switchboard.hub.HistoryQuery;
import dev.switchboard.hub.Position;
import dev.switchboard.hub.Publication;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything in the memory of this node: lost when it stops, which clients learn by a new epoch.
 *
 * <p>A stream's lock covers the append and the feed, so that all hear a channel in the order of its offsets.
 */
public final class MemoryEngine implements Engine {

    /** After the bound was met, so much of it is left, so that it is not met again by the next publication. */
    private static final double KEPT = 0.9;

    private static final int REMEMBERED_ANSWERS = 100_000;

    private final long maxBytes;
    private final LongSupplier nanoTime;
    private final Executor background;
    private final Map<String, Stream> streams = new ConcurrentHashMap<>();
    private final Map<String, Map<String, ClientInfo>> present = new ConcurrentHashMap<>();
    private final Answers answers = new Answers(REMEMBERED_ANSWERS);
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean makingRoom = new AtomicBoolean();
    private volatile @Nullable Feed feed;

    /** {@code maxBytes} is what all histories may hold together; beyond it whole streams are forgotten, those first that rested longest. */
    public MemoryEngine(long maxBytes, LongSupplier nanoTime, Executor background) {
        this.maxBytes = maxBytes;
        this.nanoTime = nanoTime;
        this.background = background;
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
            Stream stream = streams.computeIfAbsent(channel, name -> new Stream(name, nanoTime.getAsLong()));
            synchronized (stream) {
                if (!stream.isForgotten()) {
                    try {
                        return work.apply(stream);
                    } finally {
                        bytes.addAndGet(stream.takeGrowth());
                    }
                }
            }
        }
    }

    /** Called without a lock: making room takes those of other streams. */
    private void checkRoom() {
        if (bytes.get() > maxBytes && makingRoom.compareAndSet(false, true)) {
            background.execute(this::makeRoom);
        }
    }

    /** Forgets the streams that nobody has used for long and what is too old in the others; called now and then. */
    public void sweep() {
        long now = nanoTime.getAsLong();
        answers.evict(now);
        for (Stream stream : streams.values()) {
            synchronized (stream) {
                stream.evict(now);
                bytes.addAndGet(stream.takeGrowth());
                if (stream.isAbandoned(now)) {
                    forget(stream);
                }
            }
        }
    }

    private void makeRoom() {
        makingRoom.set(false);
        long now = nanoTime.getAsLong();
        record Idle(Stream stream, long nanos) {}
        List<Idle> longestFirst = streams.values().stream()
                .map(stream -> new Idle(stream, stream.idle(now)))
                .sorted(Comparator.comparingLong(Idle::nanos).reversed())
                .toList();
        for (Idle idle : longestFirst) {
            if (bytes.get() <= maxBytes * KEPT) {
                return;
            }
            synchronized (idle.stream) {
                forget(idle.stream);
            }
        }
    }

    private void forget(Stream stream) {
        streams.remove(stream.channel(), stream);
        stream.forget();
        bytes.addAndGet(stream.takeGrowth());
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
