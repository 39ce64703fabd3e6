package dev.switchboard.spi;

import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.Version;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Carries publications, joins and leaves to all nodes, and stores the history and the presence of
 * the channels.
 *
 * <p>Any thread calls the methods, several threads at a time, but never under a lock of the hub,
 * except {@link #listen} and {@link #unlisten}. No method blocks. A stage completes on any thread,
 * also before the method returns.
 *
 * <p>If a stage fails with a {@link ClientError}, the engine has done nothing. If it fails with
 * anything else, the outcome is unknown. An engine logs a
 * {@link java.util.concurrent.TimeoutException} before it fails with it.
 */
public interface Engine {

    /**
     * Receives what the engine brings for the clients of this node.
     *
     * <p>Any thread may call the methods, also under a lock of the engine: they work in memory
     * only. Each method returns the writes that follow. The caller runs them once, when it holds no
     * lock.
     */
    interface Feed {

        /**
         * Receives a publication. In a channel with a history, the engine calls this for one
         * publication after the other, in the order of their offsets.
         */
        Runnable published(String channel, Publication publication);

        /** Receives the news that a client came to the channel. */
        Runnable joined(String channel, ClientInfo client);

        /** Receives the news that a client left the channel. */
        Runnable left(String channel, ClientInfo client);

        /**
         * Receives the top of the stream after the engine has given all publications that it will
         * ever give up to that top. A subscription at another position has missed something.
         */
        default Runnable reached(String channel, Position top) {
            return () -> {};
        }
    }

    /** Starts to call {@code feed}. The relay calls this once, and before all other methods. */
    void start(Feed feed);

    /**
     * Begins to bring the events of the channel to the feed. Completes when the feed gets each event
     * that begins from then on. Called when the node needs a channel that it did not need before,
     * and again after a failure. Memory only, because the caller holds a lock: the calls for one
     * channel come in order.
     */
    default CompletionStage<?> listen(String channel) {
        return CompletableFuture.completedStage(null);
    }

    /** Ends what {@link #listen} began, also if that failed. Memory only. */
    default void unlisten(String channel) {}

    /** Returns why the engine cannot do its work at present; null if it can. */
    default @Nullable String fault() {
        return null;
    }

    /**
     * Publishes to all nodes. If {@code retention} keeps publications, stores the publication, and
     * completes with its position in the stream. Otherwise completes with null.
     *
     * <p>When the stage completes, the feed of this node need not have received the publication.
     *
     * <p>If {@code retention} keeps publications, the engine drops a publication whose
     * {@link Version} is outdated by the last version of the stream. The stage then completes with
     * the top of the stream.
     */
    CompletionStage<@Nullable Position> publish(String channel, Publication publication, Retention retention);

    /**
     * Publishes as {@link #publish} does, but for each key only once in 300 s in a channel. A
     * second call with the key publishes nothing, and its stage completes as the first one does.
     *
     * <p>If the first publication fails, the engine forgets the key, so that a caller can try
     * again. If there are very many keys, the engine can forget the oldest keys earlier.
     */
    CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention);

    /**
     * Completes with a page of the history. If the channel has no stream, creates one, so that its
     * epoch is known from now on.
     *
     * <p>Fails with {@link ClientError#UNRECOVERABLE_POSITION} if {@code query.since()} has an
     * epoch that is neither empty nor the epoch of the stream. A page leaves evicted publications
     * out without an error.
     */
    CompletionStage<History> history(String channel, HistoryQuery query, Retention retention);

    /** Removes all publications from the history. The epoch and the top of the stream stay. */
    CompletionStage<?> removeHistory(String channel);

    /**
     * Adds the client to the presence of the channel, and completes when {@link #presence} shows
     * it. A second call for the same client id replaces the info.
     */
    CompletionStage<?> enter(String channel, ClientInfo client);

    /**
     * Removes the client with that id from the presence of the channel, and completes when
     * {@link #presence} no longer shows it. Does nothing if the client is not in the channel.
     */
    CompletionStage<?> exit(String channel, String client);

    /**
     * Completes with the clients that are in the channel, by client id; with an empty map for none.
     * The map does not change afterwards.
     */
    CompletionStage<Map<String, ClientInfo>> presence(String channel);

    /** Sends the join of the client to all nodes. Does not change the presence. */
    CompletionStage<?> announceJoin(String channel, ClientInfo client);

    /** Sends the leave of the client to all nodes. Does not change the presence. */
    CompletionStage<?> announceLeave(String channel, ClientInfo client);
}
