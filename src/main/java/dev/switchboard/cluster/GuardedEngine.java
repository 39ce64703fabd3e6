package dev.switchboard.cluster;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Is another engine without its internal channels. A call that names such a channel fails with
 * {@link ClientError#UNKNOWN_CHANNEL}, and the feed gets no event of it.
 */
final class GuardedEngine implements Engine {

    private final Engine engine;
    private final InternalChannels internal;

    GuardedEngine(Engine engine, InternalChannels internal) {
        this.engine = engine;
        this.internal = internal;
    }

    private static boolean isInternal(String channel) {
        return InternalChannels.isInternal(channel);
    }

    private static <T extends @Nullable Object> CompletionStage<T> refused() {
        return CompletableFuture.failedStage(ClientError.UNKNOWN_CHANNEL);
    }

    @Override
    public void start(Feed feed) {
        engine.start(internal.over(feed));
    }

    @Override
    public CompletionStage<?> listen(String channel) {
        return isInternal(channel) ? refused() : engine.listen(channel);
    }

    @Override
    public void unlisten(String channel) {
        if (!isInternal(channel)) {
            engine.unlisten(channel);
        }
    }

    @Override
    public @Nullable String fault() {
        return engine.fault();
    }

    @Override
    public CompletionStage<@Nullable Position> publish(String channel, Publication publication, Retention retention) {
        return isInternal(channel) ? refused() : engine.publish(channel, publication, retention);
    }

    @Override
    public CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention) {
        return isInternal(channel) ? refused() : engine.publishOnce(key, channel, publication, retention);
    }

    @Override
    public CompletionStage<History> history(String channel, HistoryQuery query, Retention retention) {
        return isInternal(channel) ? refused() : engine.history(channel, query, retention);
    }

    @Override
    public CompletionStage<?> removeHistory(String channel) {
        return isInternal(channel) ? refused() : engine.removeHistory(channel);
    }

    @Override
    public CompletionStage<?> enter(String channel, ClientInfo client) {
        return isInternal(channel) ? refused() : engine.enter(channel, client);
    }

    @Override
    public CompletionStage<?> exit(String channel, String client) {
        return isInternal(channel) ? refused() : engine.exit(channel, client);
    }

    @Override
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        return isInternal(channel) ? refused() : engine.presence(channel);
    }

    @Override
    public CompletionStage<?> announceJoin(String channel, ClientInfo client) {
        return isInternal(channel) ? refused() : engine.announceJoin(channel, client);
    }

    @Override
    public CompletionStage<?> announceLeave(String channel, ClientInfo client) {
        return isInternal(channel) ? refused() : engine.announceLeave(channel, client);
    }
}
