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
 * <p>It ends at the top of the stream as the first page shows it: the subscription holds back what
 * comes later. Each page is at most as long as all pages before it, so there are few of them.
 */
final class Missed {

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
        int limit = Math.max(CatchUp.MAX_PUBLICATIONS, publications.size());
        return history.apply(CatchUp.page(last, limit)).thenCompose(this::take);
    }

    private CompletionStage<CatchUp> take(History page) {
        Position top = page.top();
        Position end = goal == null ? top : goal;
        if (goal == null) {
            goal = end;
            last = new Position(top.epoch(), position.offset());
        }
        boolean sameStream = position.epoch().isEmpty() || position.epoch().equals(top.epoch());
        if (!sameStream || !end.epoch().equals(top.epoch()) || end.isBefore(last) || !add(page)) {
            return CompletableFuture.completedStage(CatchUp.failed(top));
        }
        if (last.isBefore(end)) {
            boolean hopeless = page.publications().isEmpty() || !canFit(end.offset() - last.offset());
            return hopeless ? CompletableFuture.completedStage(CatchUp.failed(top)) : read();
        }
        Position from = new Position(top.epoch(), position.offset());
        return CompletableFuture.completedStage(new CatchUp(Recovery.RECOVERED, from, publications, last));
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
