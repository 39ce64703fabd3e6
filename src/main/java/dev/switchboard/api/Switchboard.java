package dev.switchboard.api;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The relay, for the application that it is a part of: nobody asks for its rights.
 *
 * <p>Injected where there is CDI; everywhere an attribute of the servlet context, under the name of this interface. Any thread, and no method
 * blocks. Stages complete on a thread of the relay or on the caller's; what they fail with is a {@link SwitchboardException}.
 */
public interface Switchboard {

    /**
     * Sends it to all who are in the channel; completes with its place in the channel's history, or null in a channel without one.
     *
     * <p>Within a JTA transaction it is sent after the commit, those of one transaction in the order of the calls; after a rollback it is not sent,
     * and the stage fails with a {@link java.util.concurrent.CancellationException}. A thread that waits for the stage before the commit waits for ever.
     *
     * @throws IllegalArgumentException if it is no JSON although it says so, or larger than a message may be
     */
    CompletionStage<@Nullable Position> publish(String channel, Payload payload);

    /** Completes with the clients of the channel, by client id; the channel's rule must keep presence. */
    CompletionStage<Map<String, ClientInfo>> presence(String channel);

    /** How many are in the channel; the channel's rule must keep presence. */
    CompletionStage<PresenceStats> presenceStats(String channel);

    /** The newest publications, the last one first. */
    CompletionStage<History> history(String channel, int limit);

    /** The publications after {@code since}, in their order. */
    CompletionStage<History> historySince(String channel, Position since, int limit);

    /**
     * From now on {@code observer} hears the events of that type in that channel; of {@link Event} itself, all of them.
     *
     * <p>Each observation has a thread of its own and hears a channel in its order. No publisher waits for it: 16 MiB may wait for it, what is beyond is lost, and logged. What the
     * observer throws is logged. It ends when it is closed, or with the relay.
     */
    <E extends Event> Observation observe(String channel, Class<E> type, Consumer<? super E> observer);

    /** As {@link #observe}, in all channels. */
    <E extends Event> Observation observeAll(Class<E> type, Consumer<? super E> observer);
}
