package dev.switchboard.access;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What a stage brings, and with what it fails exactly as a callback of it would see it. */
final class Answers {

    private Answers() {}

    static <T> T of(CompletionStage<T> stage) {
        return await(stage.toCompletableFuture());
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
