package dev.switchboard.engine.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Answers scripts when the test says so. */
final class SlowLink implements Link {

    private final Queue<Runnable> answers = new ArrayDeque<>();
    private String next = "";

    void answer(String top) {
        next = top;
        answers.remove().run();
    }

    @Override
    public <T extends @Nullable Object> CompletionStage<T> run(
            Script script, List<byte[]> names, List<byte[]> arguments, Function<@Nullable Object, T> reading) {
        CompletableFuture<T> stage = new CompletableFuture<>();
        answers.add(() -> stage.complete(reading.apply(List.of(next.getBytes(UTF_8)))));
        return stage;
    }

    @Override
    public CompletionStage<?> subscribe(byte[] channel) {
        return CompletableFuture.completedStage(null);
    }

    @Override
    public void unsubscribe(byte[] channel) {}

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public String fault() {
        return "";
    }
}
