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
 * What a client gets of the past when it subscribes, decided on one snapshot of the stream (protocol section 8).
 *
 * <p>It says "recovered" only if nothing is missing.
 *
 * @param outcome whether the client has all it missed
 * @param from where it stands before {@code publications}
 * @param publications oldest first
 * @param reached where it stands after them, and the live publications begin
 */
record CatchUp(Recovery outcome, Position from, List<Publication> publications, Position reached) {

    /** A client further behind than this is told so instead. */
    static final int MAX_PUBLICATIONS = 300;

    /** What to read for a client that was at {@code position}. */
    static HistoryQuery query(Position position, RecoveryMode mode) {
        // The epoch is compared here, not by the engine, because another one is no error.
        return mode == RecoveryMode.CACHE
                ? HistoryQuery.newest(1)
                : new HistoryQuery(
                        new Position("", position.offset()), MAX_PUBLICATIONS, HistoryQuery.Order.OLDEST_FIRST);
    }

    /** For a client that does not ask for the past. */
    static CatchUp none(Position top) {
        return new CatchUp(Recovery.NONE, top, List.of(), top);
    }

    static CatchUp of(Position position, RecoveryMode mode, History page, int maxBytes) {
        Position top = page.top();
        List<Publication> missed = mode == RecoveryMode.CACHE ? latest(position, page) : unbroken(position, page);
        if (missed == null || size(missed) > maxBytes) {
            return new CatchUp(Recovery.FAILED, top, List.of(), top);
        }
        Position from = new Position(top.epoch(), position.offset());
        return new CatchUp(Recovery.RECOVERED, from, missed, top);
    }

    /** All that is after the position, or null if some of it is not there. */
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

    /** The latest publication unless the client has it, or null if there is none. */
    private static @Nullable List<Publication> latest(Position position, History page) {
        boolean same = position.offset() != 0 && position.equals(page.top());
        if (same) {
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

    /** As much of the page as fits, from its beginning, and one publication at least: who pages on would never come past it. */
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

    /** Returns what to read for a replay: one publication more than a client may be given at once. */
    static HistoryQuery query(Replay replay) {
        return HistoryQuery.newest(replay.limit()).atMost(MAX_PUBLICATIONS + 1);
    }

    /**
     * Returns the newest publications of a page that has the newest first, oldest first. The outcome is
     * failed if some of them are left out.
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

    /** Returns true if publications after the offset are missing or the stream has not reached it. */
    private static boolean isIncomplete(int given, Replay replay, Position top) {
        long published = top.offset() - replay.after();
        return Long.compareUnsigned(replay.after(), top.offset()) > 0
                || given < replay.limit() && Long.compareUnsigned(given, published) < 0;
    }
}
