package dev.switchboard.engine;

import dev.switchboard.model.Position;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What was answered to those who publish once for a key. Any thread. */
final class IdempotencyCache {

    private static final long LIFETIME = Duration.ofSeconds(300).toNanos();

    private record Key(String channel, String text) {}

    private record Answer(CompletableFuture<@Nullable Position> position, long expiry) {}

    private final int room;
    private final Map<Key, Answer> answers = new LinkedHashMap<>(); // guarded by this; the oldest first

    /** Of more than {@code room} the oldest are forgotten. */
    IdempotencyCache(int room) {
        this.room = room;
    }

    /** The answer of the first who came with the key, who alone runs {@code publish}. */
    CompletionStage<@Nullable Position> once(
            String channel, String text, long now, Supplier<CompletionStage<@Nullable Position>> publish) {
        Key key = new Key(channel, text);
        CompletableFuture<@Nullable Position> position = new CompletableFuture<>();
        synchronized (this) {
            evict(now);
            Answer earlier = answers.get(key);
            if (earlier != null) {
                return earlier.position;
            }
            answers.put(key, new Answer(position, now + LIFETIME));
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
                forget(key);
                position.completeExceptionally(failure);
            }
        });
        return position;
    }

    /** Forgets what is too old. */
    synchronized void evict(long now) {
        Iterator<Answer> oldest = answers.values().iterator();
        while (oldest.hasNext()) {
            if (now - oldest.next().expiry < 0 && answers.size() < room) {
                return;
            }
            oldest.remove();
        }
    }

    private synchronized void forget(Key key) {
        answers.remove(key);
    }
}
