package dev.switchboard.api;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Publishes to the channels of the relay, reads them and observes them. The calls need no rights.
 *
 * <p>With CDI, inject it. In any container it is the attribute of the servlet context with the name
 * of this interface: {@code servletContext.getAttribute(Switchboard.class.getName())}.
 *
 * <p>All methods may be called on any thread, and none of them blocks. A stage completes on a
 * thread of the relay or on the thread of the caller, so do not block in its callbacks. Unless a
 * method says otherwise, a stage that fails fails with a {@link SwitchboardException}.
 */
public interface Switchboard {

    /**
     * Publishes to all clients in the channel. The stage completes with the position of the
     * publication, or with null if the channel keeps no history.
     *
     * <p>In a JTA transaction of the calling thread, the relay publishes after the commit, in the
     * order of the calls. After a rollback it does not publish, and the stage fails with a
     * {@link java.util.concurrent.CancellationException}. Do not wait for the stage before the
     * commit: it would never complete.
     *
     * @throws IllegalArgumentException if a JSON payload is not one JSON value, or if the payload
     *     is larger than the setting {@code switchboard.message.bytes}
     */
    CompletionStage<@Nullable Position> publish(String channel, Payload payload);

    /**
     * Publishes as {@link #publish(String, Payload)} does, with tags. Clients get the tags, and filters of
     * clients, rules and tokens compare them. The tags count for the size of the message.
     */
    CompletionStage<@Nullable Position> publish(String channel, Payload payload, Map<String, String> tags);

    /**
     * Reads the clients in the channel. The stage completes with an immutable map from the id of
     * each client; it is empty if the channel is empty. The rule of the channel must keep presence.
     */
    CompletionStage<Map<String, ClientInfo>> presence(String channel);

    /** Counts the clients in the channel. The rule of the channel must keep presence. */
    CompletionStage<PresenceStats> presenceStats(String channel);

    /**
     * Reads the newest publications of the channel, the newest first. The rule of the channel must
     * keep a history.
     *
     * @param limit the most publications; 0 reads only the position of the newest one
     * @throws IllegalArgumentException if {@code limit} is negative
     */
    CompletionStage<History> history(String channel, int limit);

    /**
     * Reads the publications after a position, the oldest first. The rule of the channel must keep
     * a history. If {@code since} is of another epoch, the stage fails with the code {@code 112}.
     *
     * @param limit the most publications; 0 reads only the position of the newest one
     * @throws IllegalArgumentException if {@code limit} is negative
     */
    CompletionStage<History> historySince(String channel, Position since, int limit);

    /**
     * Calls the observer for each event of this type in the channel, from now on. The type
     * {@link Event} stands for all events.
     *
     * <p>Each observation has its own thread, and gets the events of a channel in their order. It
     * may block: no publisher waits for it. Up to 16 MiB of events wait for a slow observer. The
     * relay drops and logs events beyond that, and logs what the observer throws. The observation
     * ends when it is closed, or when the relay stops.
     */
    <E extends Event> Observation observe(String channel, Class<E> type, Consumer<? super E> observer);

    /**
     * Calls the observer for the events of all channels, as {@link #observe} does for one. If several
     * nodes share channels, these are the channels that have a client or an observer of their own at
     * this node.
     */
    <E extends Event> Observation observeAll(Class<E> type, Consumer<? super E> observer);
}
