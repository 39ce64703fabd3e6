package dev.switchboard.engine;

import dev.switchboard.model.Position;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the position of each publication with an idempotency key for 300 s, so that a channel
 * takes one publication for each key. Any thread.
 */
final class IdempotencyCache {

    /** In nanoseconds. */
    private static final long LIFETIME = StreamLog.KEY_LIFETIME.toNanos();

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private record ChannelKey(String channel, String key) {}

    private record Answer(CompletableFuture<@Nullable Position> position, long expiry) {}

    private final int capacity;
    private final Map<ChannelKey, Answer> answers = new LinkedHashMap<>(); // guarded by this; the oldest first

    /**
     * {@code capacity} is the largest number of keys; the cache forgets the oldest keys beyond it.
     */
    IdempotencyCache(int capacity) {
        this.capacity = capacity;
    }

    /**
     * Runs {@code publish} if the key is new in the channel, without a lock. Each call with the key
     * gets the outcome of that publication. If it fails, the cache forgets the key.
     *
     * @param now in nanoseconds, of one monotonic clock
     */
    CompletionStage<@Nullable Position> once(
            String channel, String key, long now, Supplier<CompletionStage<@Nullable Position>> publish) {
        ChannelKey channelKey = new ChannelKey(channel, key);
        CompletableFuture<@Nullable Position> position = new CompletableFuture<>();
        Answer answer = new Answer(position, now + LIFETIME);
        synchronized (this) {
            evict(now);
            Answer earlier = answers.get(channelKey);
            if (earlier != null) {
                return earlier.position;
            }
            answers.put(channelKey, answer);
        }
        CompletionStage<@Nullable Position> published;
        try {
            published = publish.get();
        } catch (RuntimeException | Error failure) {
            published = CompletableFuture.failedStage(failure);
        }
        published.whenComplete((place, failure) -> {
            if (failure == null) {
                position.complete(place);
            } else {
                forget(channelKey, answer);
                position.completeExceptionally(failure);
            }
        });
        return position;
    }

    /** Puts an answer of an earlier process, whose key is remembered until {@code expiry}. */
    synchronized void restore(String channel, String key, @Nullable Position position, long expiry) {
        answers.put(new ChannelKey(channel, key), new Answer(CompletableFuture.completedFuture(position), expiry));
    }

    /**
     * Gives all answers, and the time until each is forgotten. Waits for publications under way, up to
     * ten seconds in all, because their keys may be recorded already.
     */
    void visit(long now, Consumer<StreamLog.Answered> visitor) {
        Map<ChannelKey, Answer> known;
        synchronized (this) {
            known = new LinkedHashMap<>(answers);
        }
        long until = System.nanoTime() + PATIENCE.toNanos();
        known.forEach((key, answer) -> {
            try {
                Position position = answer.position.get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
                visitor.accept(
                        new StreamLog.Answered(key.channel, key.key, position, Duration.ofNanos(answer.expiry - now)));
            } catch (ExecutionException | TimeoutException unpublished) { // the key may be used again
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Forgets the keys that are too old or too many. */
    synchronized void evict(long now) {
        Iterator<Answer> oldest = answers.values().iterator();
        while (oldest.hasNext()) {
            if (now - oldest.next().expiry < 0 && answers.size() < capacity) {
                return;
            }
            oldest.remove();
        }
    }

    private synchronized void forget(ChannelKey key, Answer answer) {
        answers.remove(key, answer);
    }
}
