package dev.switchboard.hub;

import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeResult.Recovery;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Missed reads the publications after the position of a client, one page after another.
 *
 * <p>It ends at the top of the stream as the first page shows it, and asks for nothing beyond: the
 * subscription holds back what comes later. A page is at most as long as all pages before it, and
 * never longer than an engine can answer at once.
 */
final class Missed {

    /** The number of publications of the longest page; 64 MiB if each has 64 KiB. */
    private static final int MAX_PAGE = 1_000;

    private final Position position;
    private final int maxBytes;
    private final Function<HistoryQuery, CompletionStage<History>> history;
    private final List<Publication> publications = new ArrayList<>();
    private int bytes;

    /** The position of the last publication that was read; its epoch is empty before the first page. */
    private Position last;

    /** The position at which the reading ends; null before the first page. */
    private @Nullable Position goal;

    /**
     * Creates a reader that gives up beyond so many bytes.
     *
     * @param history returns the page that the query asks for
     */
    Missed(Position position, int maxBytes, Function<HistoryQuery, CompletionStage<History>> history) {
        this.position = position;
        this.maxBytes = maxBytes;
        this.history = history;
        this.last = new Position("", position.offset());
    }

    /** Completes with all publications, or with a failed recovery. Call this once. */
    CompletionStage<CatchUp> read() {
        while (true) { // without recursion, because there can be many pages
            CompletableFuture<History> page =
                    history.apply(CatchUp.page(last, limit())).toCompletableFuture();
            if (!page.isDone() || page.isCompletedExceptionally()) {
                return page.thenCompose(late -> {
                    CatchUp end = take(late);
                    return end == null ? read() : CompletableFuture.completedStage(end);
                });
            }
            CatchUp end = take(page.join());
            if (end != null) {
                return CompletableFuture.completedStage(end);
            }
        }
    }

    /** Returns the number of publications to ask for. */
    private int limit() {
        int limit = Math.min(MAX_PAGE, Math.max(CatchUp.MAX_PUBLICATIONS, publications.size()));
        return goal == null ? limit : (int) Math.min(limit, goal.offset() - last.offset());
    }

    /** Returns the end of the reading; null if another page must be read. */
    private @Nullable CatchUp take(History page) {
        Position top = page.top();
        Position end = goal == null ? top : goal;
        if (goal == null) {
            goal = end;
            last = new Position(top.epoch(), position.offset());
        }
        boolean sameStream = position.epoch().isEmpty() || position.epoch().equals(top.epoch());
        if (!sameStream || !end.epoch().equals(top.epoch()) || end.isBefore(last) || !add(page)) {
            return CatchUp.failed(top);
        }
        if (last.isBefore(end)) {
            boolean hopeless = page.publications().isEmpty() || !canFit(end.offset() - last.offset());
            return hopeless ? CatchUp.failed(top) : null;
        }
        Position from = new Position(top.epoch(), position.offset());
        return new CatchUp(Recovery.RECOVERED, from, publications, last);
    }

    /** Returns false if a publication is missing, or all together are too large. */
    private boolean add(History page) {
        for (Publication publication : page.publications()) {
            Position next = publication.position();
            bytes += CatchUp.size(publication);
            if (next == null || !last.isFollowedBy(next) || bytes > maxBytes) {
                return false;
            }
            last = next;
            publications.add(publication);
        }
        return true;
    }

    /** Returns false if so many publications more are too large, whatever is in them. */
    private boolean canFit(long more) {
        return Long.compareUnsigned(more, (maxBytes - bytes) / Frame.OVERHEAD) <= 0;
    }
}
