package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeResult.Recovery;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Tests how a recovery reads its pages, from a stream that grows while it reads. */
class MissedTest {

    private static final String EPOCH = "e";

    private final List<Integer> limits = new ArrayList<>();
    private long top = 4_500;
    private int grows;

    private CompletionStage<History> page(HistoryQuery query) {
        limits.add(query.limit());
        long after = Objects.requireNonNull(query.since()).offset();
        List<Publication> page = LongStream.rangeClosed(after + 1, Math.min(top, after + query.limit()))
                .mapToObj(offset ->
                        Publication.ofServer(Payload.json("0"), Map.of(), "").at(new Position(EPOCH, offset)))
                .toList();
        History history = new History(page, new Position(EPOCH, top));
        top += grows;
        return CompletableFuture.completedStage(history);
    }

    private CatchUp read(int maxBytes) {
        return new Missed(new Position(EPOCH, 0), maxBytes, this::page)
                .read()
                .toCompletableFuture()
                .join();
    }

    @Test
    void a_page_has_at_most_a_thousand_publications_and_the_last_page_ends_at_the_top() {
        assertThat(read(1_000_000).publications()).hasSize(4_500);
        assertThat(limits).containsExactly(300, 300, 600, 1_000, 1_000, 1_000, 300);
    }

    @Test
    void what_is_published_while_a_client_recovers_does_not_count_for_the_size() {
        top = 500;
        grows = 100;
        CatchUp all = read(500 * (Frame.OVERHEAD + 1));
        assertThat(all.outcome()).isEqualTo(Recovery.RECOVERED);
        assertThat(all.reached()).isEqualTo(new Position(EPOCH, 500));
    }
}
