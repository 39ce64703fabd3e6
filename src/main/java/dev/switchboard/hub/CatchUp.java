package dev.switchboard.hub;

import dev.switchboard.model.ChannelOptions.RecoveryMode;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeRequest.Replay;
import dev.switchboard.model.SubscribeResult.Recovery;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * CatchUp is what a client gets of the history when it subscribes, from one page of the stream
 * (protocol section 8).
 *
 * @param outcome {@link Recovery#RECOVERED} only if no publication is missing
 * @param from the position before the publications
 * @param publications oldest first
 * @param reached the position after which live publications follow
 */
record CatchUp(Recovery outcome, Position from, List<Publication> publications, Position reached) {

    /** The number of publications that a client may get at once. */
    static final int MAX_PUBLICATIONS = 300;

    /** Returns the query for a client that was at the position. */
    static HistoryQuery query(Position position, RecoveryMode mode) {
        // The epoch is compared later, because a different epoch is no error of the engine.
        return mode == RecoveryMode.CACHE
                ? HistoryQuery.newest(1)
                : new HistoryQuery(
                        new Position("", position.offset()), MAX_PUBLICATIONS, HistoryQuery.Order.OLDEST_FIRST);
    }

    /** Returns the result for a client that does not ask for history. */
    static CatchUp none(Position top) {
        return new CatchUp(Recovery.NONE, top, List.of(), top);
    }

    /**
     * Returns the result for a client that was at the position, from the page that {@link #query}
     * asked for.
     */
    static CatchUp of(Position position, RecoveryMode mode, History page, int maxBytes) {
        Position top = page.top();
        List<Publication> missed = mode == RecoveryMode.CACHE ? latest(position, page) : unbroken(position, page);
        if (missed == null || size(missed) > maxBytes) {
            return new CatchUp(Recovery.FAILED, top, List.of(), top);
        }
        Position from = new Position(top.epoch(), position.offset());
        return new CatchUp(Recovery.RECOVERED, from, missed, top);
    }

    /** Returns all publications after the position, or null if one is missing. */
    private static @Nullable List<Publication> unbroken(Position position, History page) {
        String epoch = page.top().epoch();
        if (!position.epoch().isEmpty() && !position.epoch().equals(epoch)) {
            return null;
        }
        Position last = new Position(epoch, position.offset());
        for (Publication publication : page.publications()) {
            Position next = publication.position();
            if (next == null || !last.isFollowedBy(next)) {
                return null;
            }
            last = next;
        }
        return last.equals(page.top()) ? page.publications() : null;
    }

    /**
     * Returns the latest publication unless the client has it. Returns null if the page does not
     * have it.
     */
    private static @Nullable List<Publication> latest(Position position, History page) {
        boolean current = position.offset() != 0 && position.equals(page.top());
        if (current) {
            return List.of();
        }
        List<Publication> newest = page.publications();
        return newest.isEmpty() || !page.top().equals(newest.get(0).position()) ? null : newest;
    }

    private static int size(List<Publication> publications) {
        return publications.stream().mapToInt(CatchUp::size).sum();
    }

    private static int size(Publication publication) {
        return publication.size() + Frame.OVERHEAD;
    }

    /**
     * Returns as much of the page as fits, from its beginning. That is one publication at least,
     * else a client that reads page after page would never get past it.
     */
    static List<Publication> fitting(List<Publication> page, int maxBytes) {
        int bytes = 0;
        for (int i = 0; i < page.size(); i++) {
            bytes += size(page.get(i));
            if (bytes > maxBytes && i > 0) {
                return page.subList(0, i);
            }
        }
        return page;
    }

    /**
     * Returns what to read for a replay: one publication more than a client may be given at once.
     */
    static HistoryQuery query(Replay replay) {
        return HistoryQuery.newest(replay.limit()).atMost(MAX_PUBLICATIONS + 1);
    }

    /**
     * Returns the newest publications of a page that has the newest first, oldest first. The
     * outcome is failed if some of them are left out.
     */
    static CatchUp replay(Replay replay, History page, int maxBytes) {
        Position top = page.top();
        Position after = new Position(top.epoch(), replay.after());
        List<Publication> wanted = page.publications().stream()
                .takeWhile(publication -> publication.position() == null || after.isBefore(publication.position()))
                .toList();
        List<Publication> given =
                new ArrayList<>(fitting(wanted.subList(0, Math.min(wanted.size(), MAX_PUBLICATIONS)), maxBytes));
        boolean lost = given.size() < wanted.size() || replay.whole() && isIncomplete(given.size(), replay, top);
        Collections.reverse(given);
        Position from = new Position(top.epoch(), top.offset() - given.size());
        return new CatchUp(lost ? Recovery.FAILED : Recovery.NONE, from, given, top);
    }

    /**
     * Returns true if publications after the offset are missing or the stream has not reached it.
     */
    private static boolean isIncomplete(int given, Replay replay, Position top) {
        long published = top.offset() - replay.after();
        return Long.compareUnsigned(replay.after(), top.offset()) > 0
                || given < replay.limit() && Long.compareUnsigned(given, published) < 0;
    }
}
