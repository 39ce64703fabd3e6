package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * A page of a channel's past.
 *
 * @param since only what is after it, or before it in {@link Order#NEWEST_FIRST}; null for all from that end
 * @param limit the most publications; 0 for none, when only the position is asked for; negative for all
 */
public record HistoryQuery(@Nullable Position since, int limit, Order order) {

    /** In which direction the page goes. */
    public enum Order {
        OLDEST_FIRST,
        NEWEST_FIRST
    }

    /** No publication, just where the stream stands. */
    public static final HistoryQuery POSITION = new HistoryQuery(null, 0, Order.OLDEST_FIRST);

    /** The newest, the last one first. */
    public static HistoryQuery newest(int limit) {
        return new HistoryQuery(null, limit, Order.NEWEST_FIRST);
    }

    /** The same, but for no more than so many. */
    public HistoryQuery atMost(int most) {
        return limit >= 0 && limit <= most ? this : new HistoryQuery(since, most, order);
    }
}
