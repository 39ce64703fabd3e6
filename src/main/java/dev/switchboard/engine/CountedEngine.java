package dev.switchboard.engine;

import dev.switchboard.limits.Calls;
import dev.switchboard.limits.Calls.Call;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Failure;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Tracing;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts the calls of another engine, measures how long their callers wait, and traces publications. The outcome of a
 * call is "ok", "refused" if the engine has done nothing, "timeout", or "failed".
 */
public final class CountedEngine implements Engine {

    private final Engine engine;
    private final Tracing tracing;
    private final LongSupplier nanoTime;
    private final Call listen;
    private final Call publish;
    private final Call removeHistory;
    private final Call history;
    private final Call enter;
    private final Call exit;
    private final Call presence;
    private final Call join;
    private final Call leave;

    /** {@code nanoTime} is monotonic, as {@link System#nanoTime}. */
    public CountedEngine(Engine engine, Calls calls, Tracing tracing, LongSupplier nanoTime) {
        this.engine = engine;
        this.tracing = tracing;
        this.nanoTime = nanoTime;
        this.listen = calls.of("listen");
        this.publish = calls.of("publish");
        this.removeHistory = calls.of("history_remove");
        this.history = calls.of("history");
        this.enter = calls.of("enter");
        this.exit = calls.of("exit");
        this.presence = calls.of("presence");
        this.join = calls.of("join");
        this.leave = calls.of("leave");
    }

    /**
     * Counts the call whose answer is that stage. The memory of this process answers at once, which
     * counts as no time and needs no clock, also if it writes to a log within the call.
     */
    private <T extends @Nullable Object> CompletionStage<T> counted(Call call, CompletionStage<T> stage) {
        CompletableFuture<T> answer = stage.toCompletableFuture();
        if (answer.isDone() && !answer.isCompletedExceptionally()) {
            call.succeeded(0);
            return stage;
        }
        long begun = nanoTime.getAsLong();
        CompletionStage<?> unused = answer.whenComplete((result, failure) -> {
            long nanos = nanoTime.getAsLong() - begun;
            if (failure == null) {
                call.succeeded(nanos);
            } else {
                call.failed(outcome(Failure.cause(failure)), nanos);
            }
        });
        return stage;
    }

    private static String outcome(Throwable failure) {
        return failure instanceof ClientError ? "refused" : failure instanceof TimeoutException ? "timeout" : "failed";
    }

    @Override
    public void start(Feed feed) {
        engine.start(feed);
    }

    @Override
    public CompletionStage<?> listen(String channel) {
        return counted(listen, engine.listen(channel));
    }

    @Override
    public void unlisten(String channel) {
        engine.unlisten(channel);
    }

    @Override
    public @Nullable String fault() {
        return engine.fault();
    }

    @Override
    public CompletionStage<@Nullable Position> publish(String channel, Publication publication, Retention retention) {
        return published(channel, () -> engine.publish(channel, publication, retention));
    }

    @Override
    public CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention) {
        return published(channel, () -> engine.publishOnce(key, channel, publication, retention));
    }

    private CompletionStage<@Nullable Position> published(
            String channel, Supplier<CompletionStage<@Nullable Position>> call) {
        Tracing.Span span = tracing.publish(channel);
        CompletionStage<@Nullable Position> stage = counted(publish, span.during(call));
        span.endWith(stage);
        return stage;
    }

    @Override
    public CompletionStage<?> removeHistory(String channel) {
        return counted(removeHistory, engine.removeHistory(channel));
    }

    @Override
    public CompletionStage<History> history(String channel, HistoryQuery query, Retention retention) {
        return counted(history, engine.history(channel, query, retention));
    }

    @Override
    public CompletionStage<?> enter(String channel, ClientInfo client) {
        return counted(enter, engine.enter(channel, client));
    }

    @Override
    public CompletionStage<?> exit(String channel, String client) {
        return counted(exit, engine.exit(channel, client));
    }

    @Override
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        return counted(presence, engine.presence(channel));
    }

    @Override
    public CompletionStage<?> announceJoin(String channel, ClientInfo client) {
        return counted(join, engine.announceJoin(channel, client));
    }

    @Override
    public CompletionStage<?> announceLeave(String channel, ClientInfo client) {
        return counted(leave, engine.announceLeave(channel, client));
    }
}
