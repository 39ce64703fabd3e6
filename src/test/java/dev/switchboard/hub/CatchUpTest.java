package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.failure.Row;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.RecoveryMode;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Replay;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.SubscribeResult.Recovery;
import dev.switchboard.spi.AccessPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Recovery and replay: a client gets what it missed, and then live publications without a gap. */
class CatchUpTest extends HubClients {

    @Test
    void the_subscribe_reply_comes_before_publications_of_the_meantime() {
        TestClient subscriber = new TestClient();
        TestClient publisher = new TestClient();
        engine.fallBehind();
        CompletableFuture<?> subscribed = subscriber.subscribe(RECOVERABLE, null);
        engine.bring("room", unplaced("unplaced"));
        assertThat(subscriber.sent()).isEmpty();
        assertThat(subscribed).isNotDone();
        engine.catchUp();
        publisher.publish("1");
        assertThat(subscriber.sent()).containsExactly("subscribed|unplaced", "1");
    }

    @Test
    @Row("R12")
    void a_publication_arrives_once_when_it_is_held_back_and_in_the_history() {
        TestClient subscriber = new TestClient();
        engine.fallBehind();
        subscriber.subscribe(RECOVERABLE, new Position("", 0));
        new TestClient().client.publish("room", Payload.json("1")); // held back, and in the history
        engine.catchUp();
        new TestClient().publish("2");
        assertThat(texts(subscriber.result().publications())).containsExactly("1");
        assertThat(subscriber.result().recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(subscriber.sent()).containsExactly("subscribed", "2");
    }

    @Test
    void a_returning_client_gets_missed_publications_before_live_ones() {
        TestClient first = new TestClient();
        first.subscribe(RECOVERABLE, null);
        Position start = position(first.result());
        first.publish("1", "2", "3");

        TestClient back = new TestClient();
        back.subscribe(RECOVERABLE, new Position(start.epoch(), 1));
        first.publish("4");
        assertThat(back.result().recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(position(back.result())).isEqualTo(new Position(start.epoch(), 1));
        assertThat(texts(back.result().publications())).containsExactly("2", "3");
        assertThat(back.sent()).containsExactly("subscribed", "4");
    }

    @Test
    void recovery_fails_when_the_position_is_ahead_or_of_another_epoch() {
        TestClient first = new TestClient();
        first.subscribe(RECOVERABLE, null);
        first.publish("1", "2");
        String epoch = position(first.result()).epoch();

        assertThat(recover(new Position(epoch, 2)).recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(recover(new Position("", 2)).recovery()).isEqualTo(Recovery.RECOVERED);
        for (Position wrong : List.of(
                new Position(epoch, 3),
                new Position(epoch, -1), // 2^64 - 1
                new Position("other", 2),
                new Position("other", 1))) {
            SubscribeResult result = recover(wrong);
            assertThat(result.recovery()).isEqualTo(Recovery.FAILED);
            assertThat(result.publications()).isEmpty();
            assertThat(result.position()).isEqualTo(new Position(epoch, 2));
        }
    }

    private SubscribeResult recover(Position from) {
        TestClient subscriber = new TestClient();
        assertThat(subscriber.subscribe(RECOVERABLE, from)).isCompleted();
        return subscriber.result();
    }

    @Test
    void recovery_fails_when_publications_were_evicted_or_are_too_large() {
        TestClient first = new TestClient();
        first.subscribe(RECOVERABLE, null);
        String epoch = position(first.result()).epoch();
        IntStream.rangeClosed(1, 101).forEach(i -> first.publish("" + i));

        assertThat(recover(new Position(epoch, 0)).recovery()).isEqualTo(Recovery.FAILED);
        assertThat(recover(new Position(epoch, 1)).publications()).hasSize(100);
        clock.advance(Duration.ofMinutes(5));
        assertThat(recover(new Position(epoch, 100)).recovery()).isEqualTo(Recovery.FAILED);
        assertThat(recover(new Position(epoch, 101)).recovery()).isEqualTo(Recovery.RECOVERED);

        String large = "\"" + "x".repeat(20_000) + "\"";
        first.publish(large, large, large, large); // more than three quarters of an outbox
        assertThat(recover(new Position(epoch, 101)).recovery()).isEqualTo(Recovery.FAILED);
        assertThat(recover(new Position(epoch, 102)).recovery()).isEqualTo(Recovery.RECOVERED);
    }

    /** Publishes so many small publications, all of which the room keeps, and returns its epoch. */
    private String publishMany(int count) {
        access.with(
                "room",
                ChannelOptions.PLAIN
                        .with(new Retention(10_000, Duration.ofMinutes(5)))
                        .withRecovery(Offer.FORCED));
        TestClient first = new TestClient();
        first.subscribe(Set.of(), null);
        IntStream.rangeClosed(1, count).forEach(i -> first.publish("" + i));
        return position(first.result()).epoch();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> "" + i).toList();
    }

    @Test
    void a_client_recovers_as_many_publications_as_fit_page_after_page() {
        String epoch = publishMany(2_000);
        List<String> pages = new ArrayList<>();
        engine.beforeHistory(() -> pages.add("page"));
        assertThat(texts(recover(new Position(epoch, 1_400)).publications())).isEqualTo(numbers(1_401, 2_000));
        assertThat(pages).hasSize(2);
        pages.clear();
        assertThat(recover(new Position(epoch, 0)).recovery()).isEqualTo(Recovery.FAILED);
        assertThat(pages).hasSize(1); // so many cannot fit
    }

    @Test
    @Row("R12")
    void publications_between_two_pages_follow_the_answer_once() {
        String epoch = publishMany(500);
        TestClient publisher = new TestClient();
        int[] next = {500};
        engine.beforeHistory(() -> {
            for (int i = 0; i < 10; i++) {
                publisher.publish("" + ++next[0]);
            }
        });
        TestClient subscriber = new TestClient();
        subscriber.subscribe(RECOVERABLE, new Position(epoch, 0));
        publisher.publish("521");
        assertThat(subscriber.result().recovery()).isEqualTo(Recovery.RECOVERED);
        List<String> all = new ArrayList<>(texts(subscriber.result().publications()));
        assertThat(all).isEqualTo(numbers(1, 510)); // the top that the first page showed
        subscriber.sent().stream()
                .flatMap(frame -> Stream.of(frame.split("\\|")))
                .filter(text -> !text.equals("subscribed"))
                .forEach(all::add);
        assertThat(all).isEqualTo(numbers(1, 521));
    }

    @Test
    @Row("R11")
    void recovery_fails_when_the_history_loses_publications_between_two_pages() {
        for (Runnable loss :
                List.<Runnable>of(() -> engine.removeHistory("room"), () -> clock.advance(Duration.ofMinutes(6)))) {
            String epoch = publishMany(500);
            Position top = new Position(
                    epoch, position(recover(new Position(epoch, -1))).offset());
            int[] pages = {0};
            engine.beforeHistory(() -> {
                if (++pages[0] == 2) {
                    loss.run();
                }
            });
            SubscribeResult result = recover(new Position(epoch, top.offset() - 500));
            assertThat(result.recovery()).isEqualTo(Recovery.FAILED);
            assertThat(result.publications()).isEmpty();
            assertThat(result.position()).isEqualTo(top);
            engine.beforeHistory(() -> {});
        }
    }

    @Test
    void an_all_or_nothing_request_fails_without_a_subscription_when_recovery_fails() {
        TestClient subscriber = new TestClient();
        CompletableFuture<?> refused =
                subscriber.subscribe(Set.of(Wish.RECOVERABLE, Wish.ALL_OR_NOTHING), new Position("other", 7));
        failure(refused, ClientError.UNRECOVERABLE_POSITION);
        assertThat(hub.channelCount()).isZero();
        assertThat(subscriber.subscribe(RECOVERABLE, null)).isCompleted();
    }

    @Test
    void recovery_fails_when_the_channel_offers_none() {
        TestClient subscriber = new TestClient();
        subscriber.subscribe(new SubscribeRequest("plain", "", RECOVERABLE, new Position("e", 1), null, Echo.ON));
        assertThat(subscriber.result())
                .isEqualTo(new SubscribeResult(null, false, Recovery.FAILED, List.of(), 0, null));
    }

    @Test
    void recovery_gives_the_latest_publication_in_cache_mode() {
        access.with(
                "room",
                ChannelOptions.PLAIN
                        .with(new Retention(1, Duration.ofMinutes(5)))
                        .withRecovery(Offer.FORCED)
                        .with(RecoveryMode.CACHE));
        SubscribeResult empty = recover(new Position("", 0));
        assertThat(empty.recovery()).isEqualTo(Recovery.FAILED);
        String epoch = position(empty).epoch();
        assertThat(recover(new Position(epoch, 0)).recovery()).isEqualTo(Recovery.FAILED);
        new TestClient().publish("1", "2", "3");

        SubscribeResult behind = recover(new Position(epoch, 1));
        assertThat(behind.recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(position(behind).offset()).isEqualTo(1);
        assertThat(texts(behind.publications())).containsExactly("3");
        assertThat(recover(new Position(epoch, 3)).publications()).isEmpty();
        assertThat(texts(recover(new Position("other", 3)).publications())).containsExactly("3");
    }

    @Test
    void a_client_can_subscribe_again_at_once_when_a_gap_ended_its_subscription() {
        TestClient subscriber = new TestClient();
        subscriber.subscribe(RECOVERABLE, null);
        engine.lose(publication -> texts(List.of(publication)).contains("2"));
        subscriber.publish("1", "2", "3", "4");
        assertThat(subscriber.sent()).containsExactly("subscribed", "1", "unsubscribe room 2500");

        subscriber.subscribe(
                RECOVERABLE, new Position(position(subscriber.result()).epoch(), 1));
        assertThat(texts(subscriber.result().publications())).containsExactly("2", "3", "4");
        assertThat(subscriber.client.presence("room").toCompletableFuture().join())
                .hasSize(1);
    }

    @Test
    void a_publication_is_sent_once_when_the_engine_brings_it_twice() {
        TestClient subscriber = new TestClient();
        subscriber.subscribe(RECOVERABLE, null);
        String epoch = position(subscriber.result()).epoch();
        Publication first = new Publication(Payload.json("1"), null, new Position(epoch, 1));
        engine.bring("room", first);
        engine.bring("room", first);
        engine.bring("room", first.at(new Position("other", 2)));
        assertThat(subscriber.sent()).containsExactly("subscribed", "1", "unsubscribe room 2500");
    }

    @Test
    void a_gap_ends_the_connection_when_the_server_made_the_subscription() {
        TestClient subscriber = new TestClient();
        subscriber.client.subscribe("room", SubscribeGrant.PLAIN, null);
        engine.lose(publication -> true);
        subscriber.publish("1");
        engine.lose(publication -> false);
        subscriber.publish("2");
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    @Row("R12")
    void a_client_is_disconnected_when_too_many_events_are_held_back() {
        TestClient subscriber = new TestClient();
        engine.fallBehind();
        subscriber.subscribe(Set.of(), null);
        for (int i = 0; i < 1001; i++) {
            engine.bring("room", unplaced("1"));
        }
        engine.catchUp();
        assertThat(subscriber.sent()).isEmpty();
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    void a_client_gets_no_position_when_it_may_not_read_history() {
        access.deny(AccessPolicy.Right.HISTORY);
        TestClient subscriber = new TestClient();
        subscriber.subscribe(Set.of(Wish.POSITIONED, Wish.RECOVERABLE), new Position("", 0));
        assertThat(subscriber.result())
                .isEqualTo(new SubscribeResult(null, false, Recovery.FAILED, List.of(), 0, null));
    }

    @Test
    void a_replay_gives_the_newest_publications_in_order_before_live_ones() {
        TestClient first = new TestClient();
        first.publish("1", "2", "3", "4");
        Map<Replay, List<String>> expected = Map.of(
                new Replay(0, 2), List.of("3", "4"),
                new Replay(1, 300), List.of("2", "3", "4"),
                new Replay(4, 300), List.of(),
                new Replay(2, 1), List.of("4"));
        List<TestClient> subscribers = new ArrayList<>();
        expected.forEach((replay, texts) -> {
            TestClient subscriber = new TestClient();
            subscriber.subscribe(new SubscribeRequest("room", "", Set.of(), null, replay, Echo.ON));
            assertThat(texts(subscriber.result().publications())).isEqualTo(texts);
            assertThat(subscriber.result().recovery()).isEqualTo(Recovery.NONE);
            subscribers.add(subscriber);
        });
        first.publish("5");
        assertThat(subscribers)
                .allSatisfy(subscriber -> assertThat(subscriber.sent()).containsExactly("subscribed", "5"));
    }

    @Test
    void another_epoch_is_a_gap_also_when_its_offset_is_known() {
        TestClient subscriber = new TestClient();
        subscriber.subscribe(RECOVERABLE, null);
        subscriber.publish("1", "2");
        engine.bring("room", new Publication(Payload.json("3"), null, new Position("other", 1)));
        assertThat(subscriber.sent()).containsExactly("subscribed", "1", "2", "unsubscribe room 2500");
    }

    @Test
    void a_publication_of_the_client_is_no_gap_when_it_wants_no_echo() {
        TestClient subscriber = new TestClient();
        subscriber.subscribe(new SubscribeRequest("room", "", RECOVERABLE, null, null, Echo.OFF));
        subscriber.publish("1", "2");
        new TestClient().publish("3");
        assertThat(subscriber.sent()).containsExactly("subscribed", "3");
    }

    @Test
    void a_thousand_events_arrive_when_they_were_held_back() {
        ScriptedTransport transport = ScriptedTransport.inline();
        TestClient subscriber = new TestClient(transport);
        engine.fallBehind();
        subscriber.subscribe(Set.of(), null);
        IntStream.range(0, 1000).forEach(i -> engine.bring("room", unplaced("1")));
        engine.catchUp();
        assertThat(String.join("|", transport.sent()).split("\\|")).hasSize(1001);
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    @Row("R12")
    void events_that_are_held_back_have_a_limit_in_bytes() {
        TestClient subscriber = new TestClient();
        engine.fallBehind();
        subscriber.subscribe(Set.of(), null);
        engine.bring("room", unplaced("x".repeat(60_000)));
        assertThat(subscriber.transport.closes()).isEmpty();
        engine.bring("room", unplaced("x".repeat(60_000)));
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    void a_client_gets_no_answer_when_too_much_was_held_back() {
        TestClient subscriber = new TestClient();
        engine.fallBehind();
        subscriber.subscribe(Set.of(), null);
        Runnable end = engine.tell("room", unplaced("x".repeat(200_000)));
        engine.catchUp();
        assertThat(subscriber.sent()).isEmpty();
        end.run();
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    void a_gap_does_not_end_a_later_subscription_when_it_is_found_twice() {
        TestClient subscriber = new TestClient();
        subscriber.subscribe(RECOVERABLE, null);
        String epoch = position(subscriber.result()).epoch();
        Runnable first = engine.tell("room", unplaced("2").at(new Position(epoch, 2)));
        Runnable second = engine.tell("room", unplaced("3").at(new Position(epoch, 3)));
        first.run();
        subscriber.subscribe(RECOVERABLE, null);
        second.run();
        subscriber.publish("1");
        assertThat(subscriber.sent()).containsExactly("subscribed", "unsubscribe room 2500", "subscribed", "1");
        assertThat(subscriber.client.presence("room").toCompletableFuture().join())
                .containsOnlyKeys(subscriber.client.id());
    }

    @Test
    void recovery_and_replay_give_nothing_when_the_client_may_not_read_history() {
        new TestClient().publish("1", "2");
        access.deny(AccessPolicy.Right.HISTORY);
        TestClient recovering = new TestClient();
        recovering.subscribe(RECOVERABLE, new Position("", 1));
        assertThat(recovering.result())
                .isEqualTo(new SubscribeResult(null, false, Recovery.FAILED, List.of(), 0, null));
        TestClient replaying = new TestClient();
        replaying.subscribe(new SubscribeRequest("room", "", Set.of(), null, new Replay(0, 9), Echo.ON));
        assertThat(replaying.result().publications()).isEmpty();
    }

    @Test
    void a_gap_ends_a_positioned_subscription_when_a_publication_is_lost() {
        TestClient subscriber = new TestClient();
        subscriber.subscribe(Set.of(Wish.POSITIONED), null);
        assertThat(position(subscriber.result()).offset()).isZero();
        assertThat(subscriber.result().recoverable()).isFalse();
        engine.lose(publication -> texts(List.of(publication)).contains("1"));
        subscriber.publish("1", "2");
        assertThat(subscriber.sent()).containsExactly("subscribed", "unsubscribe room 2500");
    }

    @Test
    void a_subscription_is_recovered_when_the_client_names_a_position() {
        TestClient first = new TestClient();
        first.publish("1", "2");
        TestClient subscriber = new TestClient();
        subscriber.subscribe(Set.of(), new Position("", 1));
        assertThat(subscriber.result().recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(texts(subscriber.result().publications())).containsExactly("2");
    }

    private static List<String> history(TestClient subscriber) {
        HistoryQuery all = new HistoryQuery(null, -1, HistoryQuery.Order.OLDEST_FIRST);
        return texts(subscriber
                .client
                .history("room", all)
                .toCompletableFuture()
                .join()
                .publications());
    }

    @Test
    void a_page_of_history_has_a_limit_in_publications_and_in_bytes() {
        access.with("room", ChannelOptions.PLAIN.with(new Retention(1000, Duration.ofMinutes(5))));
        TestClient subscriber = new TestClient();
        IntStream.rangeClosed(1, 301).forEach(i -> subscriber.publish("" + i));
        assertThat(history(subscriber)).hasSize(300).startsWith("1").endsWith("300");

        IntStream.rangeClosed(1, 1000).forEach(i -> subscriber.publish("x".repeat(500 - Frame.OVERHEAD)));
        assertThat(history(subscriber)).hasSize(150); // three quarters of an outbox
    }

    @Test
    void recovery_fails_in_cache_mode_when_the_latest_publication_is_missing() {
        History page = new History(List.of(unplaced("1").at(new Position("e", 1))), new Position("e", 2));
        assertThat(CatchUp.latest(new Position("e", 0), page, 1000).outcome()).isEqualTo(Recovery.FAILED);
    }

    @Test
    void a_replay_gives_the_newest_publications_when_all_are_too_large() {
        TestClient first = new TestClient();
        IntStream.rangeClosed(1, 9).forEach(i -> first.publish(i + "x".repeat(19_000)));
        TestClient subscriber = new TestClient();
        subscriber.subscribe(new SubscribeRequest("room", "", Set.of(), null, new Replay(0, 9), Echo.ON));
        assertThat(texts(subscriber.result().publications()))
                .extracting(text -> text.charAt(0))
                .containsExactly('8', '9');
    }

    @Test
    void a_page_has_one_publication_when_that_is_too_large() {
        TestClient subscriber = new TestClient();
        subscriber.publish("\"" + "x".repeat(80_000) + "\"", "2");
        History page = subscriber
                .client
                .history("room", new HistoryQuery(null, 10, HistoryQuery.Order.OLDEST_FIRST))
                .toCompletableFuture()
                .join();
        assertThat(page.publications()).hasSize(1);
    }

    @Test
    void an_event_is_encoded_once_for_all_subscriptions() {
        Broadcast broadcast = Broadcast.join("room", new ClientInfo("1", "ann", null, null));
        assertThat(broadcast.in(PlainEncoding.STEADY)).isSameAs(broadcast.in(PlainEncoding.STEADY));
    }
}
