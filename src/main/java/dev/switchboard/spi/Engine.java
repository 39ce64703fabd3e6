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
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where publications travel and rest, and who is present.
 *
 * <p>Every method returns at once. A stage that fails says that the outcome is unknown, unless it fails with a {@link ClientError}, which
 * says that nothing happened; a {@link java.util.concurrent.TimeoutException} has been logged. Stages complete on any thread, also before the method returns.
 */
public interface Engine {

    /** Hears what the engine has for this node. All methods are memory only and may be called under the engine's lock. */
    interface Feed {

        /**
         * A publication arrived; those of one channel come one after another, in the order of their offsets.
         *
         * @return the writes that follow, to be run by the caller when it holds no lock any more
         */
        Runnable published(String channel, Publication publication);

        /** As {@link #published}, for one who came. */
        Runnable joined(String channel, ClientInfo who);

        /** As {@link #published}, for one who went. */
        Runnable left(String channel, ClientInfo who);
    }

    /** From now on {@code feed} hears everything; called once, before anything else. */
    void start(Feed feed);

    /**
     * Stores the publication if {@code retention} keeps any, announces it to all nodes, and completes with its place in the stream, or null
     * in a channel without history. By then this node's feed may or may not have heard it.
     *
     * <p>Where {@code retention} keeps any, a publication whose {@link Version} is outdated by the last one of the stream is dropped, and
     * completes with the top of the stream.
     */
    CompletionStage<@Nullable Position> publish(String channel, Publication publication, Retention retention);

    /**
     * As {@link #publish}, but for 300 s only once for each key in a channel: whoever comes with the same key gets the same answer and publishes
     * nothing. A publication that failed may be tried again. Of very many keys the oldest may be forgotten earlier.
     */
    CompletionStage<@Nullable Position> publishOnce(
            String key, String channel, Publication publication, Retention retention);

    /**
     * A page of the channel's history; an unknown stream is created, so that its epoch stands from now on.
     *
     * <p>A {@code since} whose epoch is not empty and is another than the stream's fails with {@link ClientError#UNRECOVERABLE_POSITION}. What
     * was evicted is left out without an error.
     */
    CompletionStage<History> history(String channel, HistoryQuery query, Retention retention);

    /** Forgets the publications of the channel's history; its epoch and its top stay. */
    CompletionStage<?> removeHistory(String channel);

    /** Counts the client in; completes when {@link #presence} shows it. A second call replaces what was known of it. */
    CompletionStage<?> enter(String channel, ClientInfo who);

    /** Counts the client out; completes when {@link #presence} shows it no more. Nothing happens to one that is not in. */
    CompletionStage<?> exit(String channel, String client);

    /** All who are in the channel, by client id. */
    CompletionStage<Map<String, ClientInfo>> presence(String channel);

    /** Tells all nodes that somebody came. */
    CompletionStage<?> announceJoin(String channel, ClientInfo who);

    /** Tells all nodes that somebody went. */
    CompletionStage<?> announceLeave(String channel, ClientInfo who);
}
