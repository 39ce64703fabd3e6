package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Returns the result of a stage, or its failure as a callback sees it; waits up to 10 s. */
final class Stages {

    private Stages() {}

    static <T> T of(CompletionStage<T> stage) {
        return await(stage.toCompletableFuture());
    }

    /** Expects this identity or grant, whatever its token is. */
    static Consumer<Object> equalButForToken(Object expected) {
        return actual -> assertThat(actual)
                .usingRecursiveComparison()
                .ignoringFields("token")
                .isEqualTo(expected);
    }

    /** Returns null if the stage completes with a value. */
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
