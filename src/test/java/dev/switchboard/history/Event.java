package dev.switchboard.history;

import dev.switchboard.model.Position;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client of the relay did or saw.
 *
 * <p>The value of a publication is its publisher's name, a colon and the publisher's own number of it, hence unique. An empty epoch or
 * an offset of 0 in {@link PubOk} or {@link Recv} means that the relay did not say.
 */
public sealed interface Event {

    /** A channel of the run. {@code history} is how many publications it keeps; 0 for a raw channel. */
    record Channel(String channel, int history) implements Event {}

    /** All that a subscriber may hear from now on; without such an event it may hear everything. */
    record Permit(String subscriber, List<String> channels) implements Event {}

    /** A publish is about to be sent. Attempts that carry the same {@code key} are to be published once. */
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

    /** Published or not: nobody knows. */
    record PubInfo(String publisher, long n, String why) implements Event {}

    /** A subscribe is about to be sent. {@code gen} counts them per subscriber and channel; {@code asked} is the position to recover from. */
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

    /** The subscription has ended: with the relay's code, or 0 when the relay answered the subscriber's own wish. */
    record Unsub(String subscriber, String channel, long gen, int code) implements Event {}

    /** The client dropped its connection. */
    record Cut(String client) implements Event {}

    /** The client saw its connection end, with this WebSocket close code. */
    record Close(String client, int code) implements Event {}

    /** The connection that a client had dropped ended with this close code, perhaps the relay's. */
    record CloseLate(String client, int code) implements Event {}

    /** The client cannot make sense of a frame, or of an answer in it. */
    record Malformed(String client, String frame, String why) implements Event {}

    record FaultStart(String kind, String target) implements Event {}

    record FaultStop(String kind, String target) implements Event {}

    /** What history holds when all is over: its top, and the items that it still keeps. */
    record Truth(String channel, String epoch, long top, List<Item> items) implements Event {}

    /** What the relay says of itself. */
    record Counters(Map<String, Long> values) implements Event {}

    /** A publication without its channel. */
    record Item(long offset, String value) {}

    static String value(String publisher, long n) {
        return publisher + ":" + n;
    }
}
