package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.RecoveryMode;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelOverride;
import dev.switchboard.model.Echo;
import dev.switchboard.model.FilterNode;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.HistoryQuery.Order;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeResult.Recovery;
import dev.switchboard.model.TagsFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests which publications reach a subscription with a filter, and what its positions say. */
class FilterTest extends HubClients {

    private static final TagsFilter ODD = TagsFilter.of(FilterNode.of("{\"key\":\"odd\",\"cmp\":\"ex\"}"));
    private static final TagsFilter SMALL =
            TagsFilter.of(FilterNode.of("{\"key\":\"n\",\"cmp\":\"lt\",\"val\":\"4\"}"));

    private static final ChannelOptions LONG = OpenAccess.EVERYTHING.with(new Retention(1_000, Duration.ofMinutes(5)));

    private final ServerOperations operations = new ServerOperations(hub);

    @BeforeEach
    void keepMany() {
        access.with("room", LONG);
    }

    /** Publishes the numbers with the tag n, and odd ones with the tag odd. */
    private void publish(int from, int to) {
        for (int i = from; i <= to; i++) {
            String n = "" + i;
            Map<String, String> tags = i % 2 == 1 ? Map.of("n", n, "odd", "") : Map.of("n", n);
            assertThat(operations.publish("room", Publication.ofServer(Payload.json(n), tags, "")))
                    .isCompleted();
        }
    }

    private static SubscribeRequest request(@Nullable Position recover, @Nullable TagsFilter filter) {
        return new SubscribeRequest("room", "", RECOVERABLE, recover, null, Echo.ON, "", null, filter);
    }

    private TestClient subscribed(@Nullable Position recover, @Nullable TagsFilter filter) {
        TestClient client = new TestClient();
        assertThat(client.subscribe(request(recover, filter))).isCompleted();
        return client;
    }

    /** Returns a client that has subscribed with a token that has the filter. */
    private TestClient granted(TagsFilter filter) {
        access.with("ticket", new SubscribeGrant(null, null, 0, null, ChannelOverride.NONE, filter));
        TestClient client = new TestClient();
        assertThat(client.subscribe(new SubscribeRequest("room", "ticket", RECOVERABLE, null, null, Echo.ON)))
                .isCompleted();
        return client;
    }

    private static History page(TestClient client, @Nullable Position since, int limit, Order order) {
        return client.client
                .history("room", new HistoryQuery(since, limit, order))
                .toCompletableFuture()
                .join();
    }

    @Test
    void a_client_gets_only_the_live_publications_that_its_filter_matches() {
        TestClient all = subscribed(null, null);
        TestClient odd = subscribed(null, ODD);
        publish(1, 5);
        assertThat(all.sent()).containsExactly("subscribed", "1", "2", "3", "4", "5");
        assertThat(odd.sent()).containsExactly("subscribed", "1", "3", "5");
    }

    @Test
    void a_filter_of_the_rule_and_one_of_the_grant_and_one_of_the_client_hold_together() {
        access.with("room", LONG.with(ODD));
        TestClient ruled = subscribed(null, null);
        TestClient both = subscribed(null, SMALL);
        access.with("room", LONG);
        TestClient granted = granted(SMALL);
        publish(1, 5);
        assertThat(ruled.sent()).containsExactly("subscribed", "1", "3", "5");
        assertThat(both.sent()).containsExactly("subscribed", "1", "3");
        assertThat(granted.sent()).containsExactly("subscribed", "1", "2", "3");
    }

    @Test
    void recovery_gives_what_the_filter_matches_and_is_complete() {
        String epoch = position(subscribed(null, null).result()).epoch();
        publish(1, 5);
        TestClient back = subscribed(new Position(epoch, 1), ODD);
        assertThat(back.result().recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(back.result().position()).isEqualTo(new Position(epoch, 1));
        assertThat(texts(back.result().publications())).containsExactly("3", "5");
        publish(6, 7);
        assertThat(back.sent()).containsExactly("subscribed", "7");
    }

    @Test
    void a_client_is_told_the_top_when_the_filter_drops_all_that_it_missed() {
        String epoch = position(subscribed(null, null).result()).epoch();
        publish(1, 2);
        TestClient back = subscribed(new Position(epoch, 1), ODD);
        assertThat(back.result().recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(back.result().publications()).isEmpty();
        assertThat(back.result().position()).isEqualTo(new Position(epoch, 2));
    }

    @Test
    void recovery_of_the_latest_fails_when_the_filter_drops_it() {
        access.with("room", LONG.with(RecoveryMode.CACHE));
        String epoch = position(subscribed(null, null).result()).epoch();
        publish(1, 2);
        assertThat(subscribed(new Position(epoch, 0), ODD).result().recovery()).isEqualTo(Recovery.FAILED);
        publish(3, 3);
        TestClient back = subscribed(new Position(epoch, 0), ODD);
        assertThat(back.result().recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(texts(back.result().publications())).containsExactly("3");
    }

    @Test
    void a_gap_ends_a_filtered_subscription_although_the_filter_would_have_dropped_what_is_lost() {
        TestClient odd = subscribed(null, ODD);
        engine.lose(publication -> texts(List.of(publication)).contains("2"));
        publish(1, 3);
        assertThat(odd.sent()).containsExactly("subscribed", "1", "unsubscribe room 2500");
    }

    @Test
    void a_page_of_the_history_has_what_an_enforced_filter_matches() {
        access.with("room", LONG.with(ODD));
        publish(1, 900);
        TestClient client = new TestClient();
        History first = page(client, null, 3, Order.OLDEST_FIRST);
        assertThat(texts(first.publications())).containsExactly("1", "3", "5");
        assertThat(first.top().offset()).isEqualTo(900);
        assertThat(texts(
                        page(client, new Position("", 5), 2, Order.OLDEST_FIRST).publications()))
                .containsExactly("7", "9");
        assertThat(texts(page(client, null, 2, Order.NEWEST_FIRST).publications()))
                .containsExactly("899", "897");
        assertThat(page(client, null, 0, Order.OLDEST_FIRST).publications()).isEmpty();
        assertThat(page(client, null, -1, Order.OLDEST_FIRST).publications()).hasSize(300);
    }

    @Test
    void pages_of_a_filtered_history_give_each_match_once() {
        access.with("room", LONG.with(ODD));
        publish(1, 700);
        TestClient client = new TestClient();
        List<String> all = new ArrayList<>();
        Position since = null;
        for (History page = page(client, since, 37, Order.OLDEST_FIRST);
                !page.publications().isEmpty();
                page = page(client, since, 37, Order.OLDEST_FIRST)) {
            all.addAll(texts(page.publications()));
            since = page.publications().get(page.publications().size() - 1).position();
        }
        assertThat(all)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 700)
                        .filter(i -> i % 2 == 1)
                        .mapToObj(Integer::toString)
                        .toList());
    }

    @Test
    void a_subscriber_reads_the_history_through_the_filter_of_its_grant_but_not_through_its_own() {
        publish(1, 5);
        TestClient own = subscribed(null, ODD);
        assertThat(texts(page(own, null, 9, Order.OLDEST_FIRST).publications())).hasSize(5);
        TestClient granted = granted(SMALL);
        assertThat(texts(page(granted, null, 9, Order.OLDEST_FIRST).publications()))
                .containsExactly("1", "2", "3");
    }

    @Test
    void the_application_reads_and_hears_all() {
        access.with("room", LONG.with(ODD));
        publish(1, 4);
        assertThat(operations
                        .history("room", HistoryQuery.newest(9))
                        .toCompletableFuture()
                        .join()
                        .publications())
                .hasSize(4);
    }
}
