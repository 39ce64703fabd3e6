package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An engine that answers late, fails, loses and repeats publications, as a network does. */
public final class FaultyEngine implements Engine {

    private final Engine sound;
    private final Queue<Runnable> delayed = new ArrayDeque<>();
    private final List<String> listening = Collections.synchronizedList(new ArrayList<>());
    private CompletableFuture<?> listens = CompletableFuture.completedFuture(null);
    private @Nullable Feed feed;
    private boolean late;
    private boolean slowToEnter;
    private @Nullable Throwable failure;
    private Predicate<Publication> lost = publication -> false;
    private Runnable beforeHistory = () -> {};

    public FaultyEngine(Engine sound) {
        this.sound = sound;
    }

    /** Delays all answers from now on until {@link #catchUp}. */
    public void fallBehind() {
        late = true;
    }

    public void catchUp() {
        late = false;
        slowToEnter = false;
        for (Runnable answer = delayed.poll(); answer != null; answer = delayed.poll()) {
            answer.run();
        }
    }

    /** Delays all entries into presence from now on until {@link #catchUp}. */
    public void enterLater() {
        slowToEnter = true;
    }

    /** Fails all calls from now on with this failure; null for none. */
    public void fail(@Nullable Throwable reason) {
        failure = reason;
    }

    /** Loses such publications of the feed from now on. */
    public void lose(Predicate<Publication> which) {
        lost = which;
    }

    /** Runs the action before each page of the history from now on. */
    void beforeHistory(Runnable action) {
        beforeHistory = action;
    }

    /** Completes the calls of {@link #listen} from now on when the test completes the future. */
    CompletableFuture<?> listenLater() {
        listens = new CompletableFuture<>();
        return listens;
    }

    void listenNow() {
        listens = CompletableFuture.completedFuture(null);
    }

    /** Returns "+channel" for each listen and "-channel" for each unlisten, in their order. */
    List<String> listening() {
        return listening;
    }

    /** Tells the top of the stream. */
    void reach(String channel, Position top) {
        Objects.requireNonNull(feed).reached(channel, top).run();
    }

    @Override
    public CompletionStage<?> listen(String channel) {
        listening.add("+" + channel);
        return listens;
    }

    @Override
    public void unlisten(String channel) {
        listening.add("-" + channel);
    }

    /** Brings a publication without publishing it. */
    public void bring(String channel, Publication publication) {
        tell(channel, publication).run();
    }

    /** Brings a publication as {@link #bring} does; the test runs the writes that it returns. */
    Runnable tell(String channel, Publication publication) {
        return Objects.requireNonNull(feed).published(channel, publication);
    }

    @Override
    public void start(Feed listeners) {
        feed = listeners;
        sound.start(new Feed() {
            @Override
            public Runnable published(String channel, Publication publication) {
                return lost.test(publication) ? () -> {} : listeners.published(channel, publication);
            }

            @Override
            public Runnable joined(String channel, ClientInfo who) {
                return listeners.joined(channel, who);
            }

            @Override
            public Runnable left(String channel, ClientInfo who) {
                return listeners.left(channel, who);
            }
        });
    }

    private <T extends @Nullable Object> CompletionStage<T> answer(Supplier<CompletionStage<T>> work) {
        if (failure != null) {
            return CompletableFuture.failedStage(failure);
        }
        if (!late) {
            return work.get();
        }
        CompletionStage<T> done = work.get();
        CompletableFuture<T> answer = new CompletableFuture<>();
        delayed.add(() -> {
            CompletionStage<?> unused = done.whenComplete((result, reason) -> {
                if (reason == null) {
                    answer.complete(result);
                } else {
                    answer.completeExceptionally(reason);
                }
            });
        });
        return answer;
    }

    @Override
    public CompletionStage<@Nullable Position> publish(String channel, Publication publication, Retention retention) {
        return answer(() -> sound.publish(channel, publication, retention));
    }

    @Override
    public CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention) {
        return answer(() -> sound.publishOnce(key, channel, publication, retention));
    }

    @Override
    public CompletionStage<?> removeHistory(String channel) {
        return answer(() -> sound.removeHistory(channel));
    }

    @Override
    public CompletionStage<History> history(String channel, HistoryQuery query, Retention retention) {
        beforeHistory.run();
        return answer(() -> sound.history(channel, query, retention));
    }

    @Override
    public CompletionStage<?> enter(String channel, ClientInfo who) {
        if (!slowToEnter) {
            return answer(() -> sound.enter(channel, who));
        }
        CompletableFuture<@Nullable Void> entered = new CompletableFuture<>();
        delayed.add(() -> {
            CompletionStage<?> unused = sound.enter(channel, who).thenRun(() -> entered.complete(null));
        });
        return entered;
    }

    @Override
    public CompletionStage<?> exit(String channel, String client) {
        return answer(() -> sound.exit(channel, client));
    }

    @Override
    public CompletionStage<Map<String, ClientInfo>> presence(String channel) {
        return answer(() -> sound.presence(channel));
    }

    @Override
    public CompletionStage<?> announceJoin(String channel, ClientInfo who) {
        return answer(() -> sound.announceJoin(channel, who));
    }

    @Override
    public CompletionStage<?> announceLeave(String channel, ClientInfo who) {
        return answer(() -> sound.announceLeave(channel, who));
    }
}
