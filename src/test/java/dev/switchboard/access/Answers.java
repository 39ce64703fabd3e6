package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a stage brings, and with what it fails exactly as a callback of it would see it. */
final class Answers {

    private Answers() {}

    static <T> T of(CompletionStage<T> stage) {
        return await(stage.toCompletableFuture());
    }

    /** That it is this identity or grant, whatever its token is. */
    static Consumer<Object> butForItsToken(Object expected) {
        return answer -> assertThat(answer)
                .usingRecursiveComparison()
                .ignoringFields("token")
                .isEqualTo(expected);
    }

    static @Nullable Throwable failure(CompletionStage<?> stage) {
        CompletableFuture<@Nullable Throwable> failure = new CompletableFuture<>();
        var unused = stage.whenComplete((value, thrown) -> failure.complete(thrown));
        return await(failure);
    }

    private static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        try {
            return future.get(10, TimeUnit.SECONDS);
        } catch (InterruptedException | TimeoutException | java.util.concurrent.ExecutionException failure) {
            throw new AssertionError(failure);
        }
    }
}
