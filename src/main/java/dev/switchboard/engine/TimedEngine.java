package dev.switchboard.engine;

import dev.switchboard.limits.RateLimit;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Puts a time limit on another engine. A stage that does not complete in time fails with a
 * {@link TimeoutException}; its outcome is unknown.
 */
public final class TimedEngine implements Engine {

    private static final System.Logger LOG = System.getLogger(TimedEngine.class.getName());

    private final Engine engine;
    private final Duration patience;
    private final ScheduledExecutorService timer;
    private final Executor writers;
    private final RateLimit warnings = new RateLimit(1, System.nanoTime()); // guarded by itself

    /**
     * Creates an engine.
     *
     * @param patience the time limit
     * @param timer only starts tasks on {@code writers}
     * @param writers fails the stages
     */
    public TimedEngine(Engine engine, Duration patience, ScheduledExecutorService timer, Executor writers) {
        this.engine = engine;
        this.patience = patience;
        this.timer = timer;
        this.writers = writers;
    }

    private <T extends @Nullable Object> CompletionStage<T> timed(CompletionStage<T> stage) {
        if (stage.toCompletableFuture().isDone()) {
            return stage;
        }
        CompletableFuture<T> answer = new CompletableFuture<>();
        Future<?> reminder =
                timer.schedule(() -> writers.execute(() -> giveUp(answer)), patience.toMillis(), TimeUnit.MILLISECONDS);
        stage.whenComplete((result, failure) -> {
            reminder.cancel(false);
            if (failure == null) {
                answer.complete(result);
            } else {
                answer.completeExceptionally(failure);
            }
        });
        return answer;
    }

    private void giveUp(CompletableFuture<?> answer) {
        String message = "the engine did not answer within " + patience.toMillis() + " ms";
        if (answer.completeExceptionally(new TimeoutException(message)) && mayWarn()) {
            LOG.log(System.Logger.Level.WARNING, message);
        }
    }

    private boolean mayWarn() {
        synchronized (warnings) {
            return warnings.take(System.nanoTime());
        }
    }

    @Override
    public void start(Feed feed) {
        engine.start(feed);
    }

    @Override
    public CompletionStage<?> listen(String channel) {
        return timed(engine.listen(channel));
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
        return timed(engine.publish(channel, publication, retention));
    }

    @Override
    public CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention) {
        return timed(engine.publishOnce(key, channel, publication, retention));
    }

    @Override
    public CompletionStage<?> removeHistory(String channel) {
        return timed(engine.removeHistory(channel));
    }

    @Override
    public CompletionStage<History> history(String channel, HistoryQuery query, Retention retention) {
        return timed(engine.history(channel, query, retention));
    }

    @Override
    public CompletionStage<?> enter(String channel, ClientInfo client) {
        return timed(engine.enter(channel, client));
    }

    @Override
    public CompletionStage<?> exit(String channel, String client) {
        return timed(engine.exit(channel, client));
    }

    @Override
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        return timed(engine.presence(channel));
    }

    @Override
    public CompletionStage<?> announceJoin(String channel, ClientInfo client) {
        return timed(engine.announceJoin(channel, client));
    }

    @Override
    public CompletionStage<?> announceLeave(String channel, ClientInfo client) {
        return timed(engine.announceLeave(channel, client));
    }
}
