package dev.switchboard.hub;

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

/**
 * CatchUp is what a client gets of the history when it subscribes (protocol section 8).
 *
 * @param outcome {@link Recovery#RECOVERED} only if no publication is missing
 * @param from the position before the publications
 * @param publications oldest first
 * @param reached the position after which live publications follow
 */
record CatchUp(Recovery outcome, Position from, List<Publication> publications, Position reached) {

    /** The number of publications of a page, and of a replay. */
    static final int MAX_PUBLICATIONS = 300;

    /** Returns the query for the page of publications after the position. */
    static HistoryQuery page(Position position, int limit) {
        // The epoch is compared later, because a different epoch is no error of the engine.
        return new HistoryQuery(new Position("", position.offset()), limit, HistoryQuery.Order.OLDEST_FIRST);
    }

    /** Returns the result for a client that does not ask for history. */
    static CatchUp none(Position top) {
        return new CatchUp(Recovery.NONE, top, List.of(), top);
    }

    /** Returns the result for a client that missed something that it cannot get. */
    static CatchUp failed(Position top) {
        return new CatchUp(Recovery.FAILED, top, List.of(), top);
    }

    /**
     * Returns the result for a client that was at the position and needs the latest publication
     * alone, from a page that has it. If the client has it already, it gets nothing.
     */
    static CatchUp latest(Position position, History newest, int maxBytes) {
        Position top = newest.top();
        Position from = new Position(top.epoch(), position.offset());
        if (position.offset() != 0 && position.equals(top)) {
            return new CatchUp(Recovery.RECOVERED, from, List.of(), top);
        }
        List<Publication> page = newest.publications();
        if (page.isEmpty() || !top.equals(page.get(0).position()) || size(page.get(0)) > maxBytes) {
            return failed(top);
        }
        return new CatchUp(Recovery.RECOVERED, from, page, top);
    }

    /** Returns what the publication counts for, in bytes. */
    static int size(Publication publication) {
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
