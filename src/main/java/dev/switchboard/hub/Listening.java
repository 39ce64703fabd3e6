package dev.switchboard.hub;

import dev.switchboard.spi.Engine;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Listening asks the engine for the channels that subscriptions and observers of this node need, as
 * long as one of them needs the channel. Any thread; memory only.
 */
final class Listening {

    /**
     * The needs of one channel.
     *
     * @param count of subscriptions and observers
     * @param begun completes when the engine listens
     */
    private record Need(int count, CompletionStage<?> begun) {}

    private final Engine engine;
    private final Map<String, Need> needs = new ConcurrentHashMap<>();

    Listening(Engine engine) {
        this.engine = engine;
    }

    /**
     * Needs the channel. Completes when the engine listens to it. {@link #end} follows, also after a
     * failure.
     */
    CompletionStage<?> begin(String channel) {
        return needs.compute(
                        channel,
                        (name, need) ->
                                need == null || need.begun.toCompletableFuture().isCompletedExceptionally()
                                        ? new Need(need == null ? 1 : need.count + 1, engine.listen(name))
                                        : new Need(need.count + 1, need.begun))
                .begun;
    }

    /** Needs the channel once less. */
    void end(String channel) {
        needs.computeIfPresent(channel, (name, need) -> {
            if (need.count > 1) {
                return new Need(need.count - 1, need.begun);
            }
            engine.unlisten(name);
            return null;
        });
    }
}
