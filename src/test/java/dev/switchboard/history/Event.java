package dev.switchboard.history;

import dev.switchboard.model.Position;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a client of the relay did or saw.
 *
 * <p>The value of a publication is unique: the name of its publisher, a colon and a number. An
 * empty epoch or an offset of 0 in {@link PubOk} or {@link Recv} means that the relay did not name
 * it.
 */
public sealed interface Event {

    /** A channel of the run. It keeps {@code history} publications; 0 for a raw channel. */
    record Channel(String channel, int history) implements Event {}

    /**
     * The channels that a subscriber may read from now on; without such an event it may read all.
     */
    record Permit(String subscriber, List<String> channels) implements Event {}

    /**
     * A publish is about to be sent. Publishes with the same {@code key} must be published once.
     */
    record PubInvoke(
            String publisher,
            long n,
            String channel,
            @Nullable String key) implements Event {

        String value() {
            return Event.value(publisher, n);
        }
    }

    record PubOk(String publisher, long n, long offset, String epoch) implements Event {}

    /** Certainly not published. */
    record PubFail(String publisher, long n, int code) implements Event {}

    /** Published or not; the outcome is unknown. */
    record PubInfo(String publisher, long n, String why) implements Event {}

    /**
     * A subscribe is about to be sent. {@code gen} counts them per subscriber and channel;
     * {@code asked} is the position to recover from.
     */
    record SubInvoke(
            String subscriber,
            String channel,
            long gen,
            @Nullable Position asked) implements Event {}

    record SubOk(
            String subscriber, String channel, long gen, boolean recovered, String epoch, long offset, List<Item> items)
            implements Event {}

    record SubFail(String subscriber, String channel, long gen, int code) implements Event {}

    record Recv(String subscriber, String channel, long gen, String epoch, long offset, String value)
            implements Event {}

    /**
     * The subscription has ended with the code of the relay, or 0 after an unsubscribe of the
     * subscriber.
     */
    record Unsub(String subscriber, String channel, long gen, int code) implements Event {}

    /** The client dropped its connection. */
    record Cut(String client) implements Event {}

    /** The client saw its connection end, with this WebSocket close code. */
    record Close(String client, int code) implements Event {}

    /**
     * A connection that the client had dropped ended with this close code, perhaps that of the
     * relay.
     */
    record CloseLate(String client, int code) implements Event {}

    /** A frame, or a reply in it, is malformed. */
    record Malformed(String client, String frame, String why) implements Event {}

    record FaultStart(String kind, String target) implements Event {}

    record FaultStop(String kind, String target) implements Event {}

    /** The history of a channel at the end of the run: its top, and its publications. */
    record Truth(String channel, String epoch, long top, List<Item> items) implements Event {}

    /** The counters of the relay. */
    record Counters(Map<String, Long> values) implements Event {}

    /** A publication without its channel. */
    record Item(long offset, String value) {}

    static String value(String publisher, long n) {
        return publisher + ":" + n;
    }
}
