package dev.switchboard.hub;

import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.TagsFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * FilteredPage reads one page of a history in which a filter leaves publications out.
 *
 * <p>It reads on until the page has as many publications as the query asks for, or the history ends. So a
 * page that is not full is the last one, as without a filter.
 */
final class FilteredPage {

    /** The number of publications that are read at once. */
    private static final int READ_AT_ONCE = 300;

    private final HistoryQuery query;
    private final TagsFilter filter;
    private final Function<HistoryQuery, CompletionStage<History>> history;
    private final List<Publication> publications = new ArrayList<>();
    private @Nullable Position top;

    /**
     * Creates a reader.
     *
     * @param query has a limit that is not negative
     * @param history returns the publications that a query asks for
     */
    FilteredPage(HistoryQuery query, TagsFilter filter, Function<HistoryQuery, CompletionStage<History>> history) {
        this.query = query;
        this.filter = filter;
        this.history = history;
    }

    /** Completes with the page. Call this once. */
    CompletionStage<History> read() {
        return read(query.since());
    }

    private CompletionStage<History> read(@Nullable Position since) {
        Position next = since;
        while (true) { // without recursion, because there can be many reads
            int limit = query.limit() == 0 ? 0 : READ_AT_ONCE;
            CompletableFuture<History> page =
                    history.apply(new HistoryQuery(next, limit, query.order())).toCompletableFuture();
            if (!page.isDone() || page.isCompletedExceptionally()) {
                return page.thenCompose(late -> {
                    Position last = take(late);
                    return last == null ? CompletableFuture.completedStage(result(late)) : read(last);
                });
            }
            next = take(page.join());
            if (next == null) {
                return CompletableFuture.completedStage(result(page.join()));
            }
        }
    }

    /** Returns the position at which the next read begins; null if the page is complete. */
    private @Nullable Position take(History read) {
        top = top == null ? read.top() : top;
        Position last = null;
        for (Publication publication : read.publications()) {
            if (publications.size() == query.limit()) {
                return null;
            }
            last = publication.position();
            if (filter.matches(publication.tags())) {
                publications.add(publication);
            }
        }
        boolean complete = publications.size() == query.limit()
                || read.publications().size() < READ_AT_ONCE
                || last == null
                || query.order() == HistoryQuery.Order.NEWEST_FIRST && last.offset() <= 1;
        return complete ? null : last;
    }

    private History result(History last) {
        return new History(List.copyOf(publications), top == null ? last.top() : top);
    }
}
