package dev.switchboard.model;

import org.jspecify.annotations.Nullable;

/**
 * Asks for one page of the history of a channel.
 *
 * @param since the page begins after this position, or before it in {@link Order#NEWEST_FIRST};
 *     null for the oldest or the newest publication of the history
 * @param limit the largest number of publications; negative for no limit
 */
public record HistoryQuery(@Nullable Position since, int limit, Order order) {

    /** Says in which order a page holds its publications. */
    public enum Order {
        OLDEST_FIRST,
        NEWEST_FIRST
    }

    /** Asks for the position of the stream, without publications. */
    public static final HistoryQuery POSITION = new HistoryQuery(null, 0, Order.OLDEST_FIRST);

    /** Returns the query for the newest publications, the newest first. */
    public static HistoryQuery newest(int limit) {
        return new HistoryQuery(null, limit, Order.NEWEST_FIRST);
    }

    /** Returns the query with a limit of at most {@code most}, which is not negative. */
    public HistoryQuery atMost(int most) {
        return limit >= 0 && limit <= most ? this : new HistoryQuery(since, most, order);
    }
}
