package dev.switchboard.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.model.Position;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IdempotencyCacheTest {

    private static final Position PLACE = new Position("e", 1);

    private final IdempotencyCache cache = new IdempotencyCache(10);

    @Test
    void a_visit_waits_for_a_publication_that_is_under_way() throws InterruptedException {
        CompletableFuture<@Nullable Position> publication = new CompletableFuture<>();
        var unused = cache.once("c", "k", 0, () -> publication);
        List<StreamLog.Answered> visited = Collections.synchronizedList(new ArrayList<>());
        Thread visitor = new Thread(() -> cache.visit(0, visited::add));
        visitor.start();
        await().until(() -> visitor.getState() == Thread.State.TIMED_WAITING);
        publication.complete(PLACE);
        visitor.join(10_000);
        assertThat(visited).containsExactly(new StreamLog.Answered("c", "k", PLACE, StreamLog.KEY_LIFETIME));
    }

    @Test
    void a_late_failure_does_not_forget_a_later_publication_with_the_same_key() {
        CompletableFuture<@Nullable Position> first = new CompletableFuture<>();
        var unused = cache.once("c", "k", 0, () -> first);
        cache.evict(StreamLog.KEY_LIFETIME.toNanos());
        var second =
                cache.once("c", "k", StreamLog.KEY_LIFETIME.toNanos(), () -> CompletableFuture.completedFuture(PLACE));
        first.completeExceptionally(new IllegalStateException("late"));
        var third = cache.once("c", "k", StreamLog.KEY_LIFETIME.toNanos(), CompletableFuture::new);
        assertThat(second.toCompletableFuture()).isCompletedWithValue(PLACE);
        assertThat(third.toCompletableFuture()).isCompletedWithValue(PLACE);
    }
}
