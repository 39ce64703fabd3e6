package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Test;

/** What a client is given of the past, and that it goes on from there without a hole. */
class CatchUpTest extends Parties {

    @Test
    void the_answer_comes_before_what_is_published_meanwhile() {
        Party party = new Party();
        Party publisher = new Party();
        engine.fallBehind();
        CompletableFuture<?> subscribed = party.subscribe(RECOVERABLE, null);
        engine.bring("room", unplaced("unplaced"));
        assertThat(party.sent()).isEmpty();
        assertThat(subscribed).isNotDone();
        engine.catchUp();
        publisher.publish("1");
        assertThat(party.sent()).containsExactly("subscribed|unplaced", "1");
    }

    @Test
    void a_publication_between_entering_and_reading_the_history_arrives_once() {
        Party party = new Party();
        engine.fallBehind();
        party.subscribe(RECOVERABLE, new Position("", 0));
        new Party().client.publish("room", Payload.json("1")); // heard and held back, and in the history as well
        engine.catchUp();
        new Party().publish("2");
        assertThat(texts(party.result().publications())).containsExactly("1");
        assertThat(party.result().recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(party.sent()).containsExactly("subscribed", "2");
    }

    @Test
    void who_comes_back_gets_what_it_missed_and_then_goes_on() {
        Party first = new Party();
        first.subscribe(RECOVERABLE, null);
        Position start = position(first.result());
        first.publish("1", "2", "3");

        Party back = new Party();
        back.subscribe(RECOVERABLE, new Position(start.epoch(), 1));
        first.publish("4");
        assertThat(back.result().recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(position(back.result())).isEqualTo(new Position(start.epoch(), 1));
        assertThat(texts(back.result().publications())).containsExactly("2", "3");
        assertThat(back.sent()).containsExactly("subscribed", "4");
    }

    @Test
    void who_missed_nothing_has_recovered_and_who_is_ahead_or_of_another_epoch_has_not() {
        Party first = new Party();
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
        Party party = new Party();
        assertThat(party.subscribe(RECOVERABLE, from)).isCompleted();
        return party.result();
    }

    @Test
    void recovery_is_denied_when_something_was_evicted_or_too_much_was_missed() {
        Party first = new Party();
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

    @Test
    void more_than_three_hundred_missed_are_too_many() {
        access.with(
                "room",
                ChannelOptions.PLAIN
                        .with(new Retention(1000, Duration.ofMinutes(5)))
                        .withRecovery(Offer.FORCED));
        Party first = new Party();
        first.subscribe(Set.of(), null);
        String epoch = position(first.result()).epoch();
        IntStream.rangeClosed(1, 301).forEach(i -> first.publish("" + i));
        assertThat(recover(new Position(epoch, 0)).recovery()).isEqualTo(Recovery.FAILED);
        assertThat(recover(new Position(epoch, 1)).publications()).hasSize(300);
    }

    @Test
    void all_or_nothing_is_an_error_and_leaves_no_subscription() {
        Party party = new Party();
        CompletableFuture<?> refused =
                party.subscribe(Set.of(Wish.RECOVERABLE, Wish.ALL_OR_NOTHING), new Position("other", 7));
        failure(refused, ClientError.UNRECOVERABLE_POSITION);
        assertThat(hub.channelCount()).isZero();
        assertThat(party.subscribe(RECOVERABLE, null)).isCompleted();
    }

    @Test
    void what_a_channel_does_not_offer_cannot_be_recovered_and_that_is_said() {
        Party party = new Party();
        party.subscribe(new SubscribeRequest("plain", "", RECOVERABLE, new Position("e", 1), null, Echo.ON));
        assertThat(party.result()).isEqualTo(new SubscribeResult(null, false, Recovery.FAILED, List.of(), 0, null));
    }

    @Test
    void in_cache_mode_the_latest_is_enough() {
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
        new Party().publish("1", "2", "3");

        SubscribeResult behind = recover(new Position(epoch, 1));
        assertThat(behind.recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(position(behind).offset()).isEqualTo(1);
        assertThat(texts(behind.publications())).containsExactly("3");
        assertThat(recover(new Position(epoch, 3)).publications()).isEmpty();
        assertThat(texts(recover(new Position("other", 3)).publications())).containsExactly("3");
    }

    @Test
    void a_hole_ends_the_subscription_and_the_client_may_come_back_at_once() {
        Party party = new Party();
        party.subscribe(RECOVERABLE, null);
        engine.lose(publication -> texts(List.of(publication)).contains("2"));
        party.publish("1", "2", "3", "4");
        assertThat(party.sent()).containsExactly("subscribed", "1", "unsubscribe room 2500");

        party.subscribe(RECOVERABLE, new Position(position(party.result()).epoch(), 1));
        assertThat(texts(party.result().publications())).containsExactly("2", "3", "4");
        assertThat(party.client.presence("room").toCompletableFuture().join()).hasSize(1);
    }

    @Test
    void what_is_heard_twice_is_sent_once_and_another_epoch_is_a_hole() {
        Party party = new Party();
        party.subscribe(RECOVERABLE, null);
        String epoch = position(party.result()).epoch();
        Publication first = new Publication(Payload.json("1"), null, new Position(epoch, 1));
        engine.bring("room", first);
        engine.bring("room", first);
        engine.bring("room", first.at(new Position("other", 2)));
        assertThat(party.sent()).containsExactly("subscribed", "1", "unsubscribe room 2500");
    }

    @Test
    void a_hole_in_what_the_server_subscribed_ends_the_connection() {
        Party party = new Party();
        party.client.subscribe("room", SubscribeGrant.PLAIN, null);
        engine.lose(publication -> true);
        party.publish("1");
        engine.lose(publication -> false);
        party.publish("2");
        assertThat(party.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    void whoever_is_told_too_late_and_too_much_starts_again() {
        Party party = new Party();
        engine.fallBehind();
        party.subscribe(Set.of(), null);
        for (int i = 0; i < 1001; i++) {
            engine.bring("room", unplaced("1"));
        }
        engine.catchUp();
        assertThat(party.sent()).isEmpty();
        assertThat(party.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    void where_nobody_may_read_the_past_nobody_is_told_where_it_stands() {
        access.deny(AccessPolicy.Right.HISTORY);
        Party party = new Party();
        party.subscribe(Set.of(Wish.POSITIONED, Wish.RECOVERABLE), new Position("", 0));
        assertThat(party.result()).isEqualTo(new SubscribeResult(null, false, Recovery.FAILED, List.of(), 0, null));
    }

    @Test
    void a_replay_is_the_newest_past_in_its_order_and_then_the_present() {
        Party first = new Party();
        first.publish("1", "2", "3", "4");
        Map<Replay, List<String>> expected = Map.of(
                new Replay(0, 2), List.of("3", "4"),
                new Replay(1, 300), List.of("2", "3", "4"),
                new Replay(4, 300), List.of(),
                new Replay(2, 1), List.of("4"));
        List<Party> parties = new ArrayList<>();
        expected.forEach((replay, texts) -> {
            Party party = new Party();
            party.subscribe(new SubscribeRequest("room", "", Set.of(), null, replay, Echo.ON));
            assertThat(texts(party.result().publications())).isEqualTo(texts);
            assertThat(party.result().recovery()).isEqualTo(Recovery.NONE);
            parties.add(party);
        });
        first.publish("5");
        assertThat(parties).allSatisfy(party -> assertThat(party.sent()).containsExactly("subscribed", "5"));
    }

    @Test
    void another_epoch_is_a_hole_even_at_an_offset_that_has_been() {
        Party party = new Party();
        party.subscribe(RECOVERABLE, null);
        party.publish("1", "2");
        engine.bring("room", new Publication(Payload.json("3"), null, new Position("other", 1)));
        assertThat(party.sent()).containsExactly("subscribed", "1", "2", "unsubscribe room 2500");
    }

    @Test
    void what_a_client_published_itself_is_no_hole_where_it_does_not_hear_it() {
        Party party = new Party();
        party.subscribe(new SubscribeRequest("room", "", RECOVERABLE, null, null, Echo.OFF));
        party.publish("1", "2");
        new Party().publish("3");
        assertThat(party.sent()).containsExactly("subscribed", "3");
    }

    @Test
    void a_thousand_are_held_back_and_all_of_them_arrive() {
        ScriptedTransport transport = ScriptedTransport.inline();
        Party party = new Party(transport);
        engine.fallBehind();
        party.subscribe(Set.of(), null);
        IntStream.range(0, 1000).forEach(i -> engine.bring("room", unplaced("1")));
        engine.catchUp();
        assertThat(String.join("|", transport.sent()).split("\\|")).hasSize(1001);
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void what_is_held_back_has_a_bound_in_bytes_as_well() {
        Party party = new Party();
        engine.fallBehind();
        party.subscribe(Set.of(), null);
        engine.bring("room", unplaced("x".repeat(60_000)));
        assertThat(party.transport.closes()).isEmpty();
        engine.bring("room", unplaced("x".repeat(60_000)));
        assertThat(party.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    void who_was_told_too_much_gets_no_answer_even_if_that_comes_before_its_end() {
        Party party = new Party();
        engine.fallBehind();
        party.subscribe(Set.of(), null);
        Runnable end = engine.tell("room", unplaced("x".repeat(200_000)));
        engine.catchUp();
        assertThat(party.sent()).isEmpty();
        end.run();
        assertThat(party.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    void a_hole_that_is_found_once_does_not_end_the_subscription_that_comes_after() {
        Party party = new Party();
        party.subscribe(RECOVERABLE, null);
        String epoch = position(party.result()).epoch();
        Runnable first = engine.tell("room", unplaced("2").at(new Position(epoch, 2)));
        Runnable second = engine.tell("room", unplaced("3").at(new Position(epoch, 3)));
        first.run();
        party.subscribe(RECOVERABLE, null);
        second.run();
        party.publish("1");
        assertThat(party.sent()).containsExactly("subscribed", "unsubscribe room 2500", "subscribed", "1");
        assertThat(party.client.presence("room").toCompletableFuture().join()).containsOnlyKeys(party.client.id());
    }

    @Test
    void who_may_not_read_the_past_is_not_given_it_by_another_name() {
        new Party().publish("1", "2");
        access.deny(AccessPolicy.Right.HISTORY);
        Party recovering = new Party();
        recovering.subscribe(RECOVERABLE, new Position("", 1));
        assertThat(recovering.result())
                .isEqualTo(new SubscribeResult(null, false, Recovery.FAILED, List.of(), 0, null));
        Party replaying = new Party();
        replaying.subscribe(new SubscribeRequest("room", "", Set.of(), null, new Replay(0, 9), Echo.ON));
        assertThat(replaying.result().publications()).isEmpty();
    }

    @Test
    void who_asks_for_its_position_is_told_and_no_hole_escapes_it() {
        Party party = new Party();
        party.subscribe(Set.of(Wish.POSITIONED), null);
        assertThat(position(party.result()).offset()).isZero();
        assertThat(party.result().recoverable()).isFalse();
        engine.lose(publication -> texts(List.of(publication)).contains("1"));
        party.publish("1", "2");
        assertThat(party.sent()).containsExactly("subscribed", "unsubscribe room 2500");
    }

    @Test
    void whoever_names_a_position_to_recover_from_wishes_to_recover() {
        Party first = new Party();
        first.publish("1", "2");
        Party party = new Party();
        party.subscribe(Set.of(), new Position("", 1));
        assertThat(party.result().recovery()).isEqualTo(Recovery.RECOVERED);
        assertThat(texts(party.result().publications())).containsExactly("2");
    }

    private static List<String> history(Party party) {
        HistoryQuery all = new HistoryQuery(null, -1, HistoryQuery.Order.OLDEST_FIRST);
        return texts(
                party.client.history("room", all).toCompletableFuture().join().publications());
    }

    @Test
    void a_page_of_the_past_has_a_bound_in_publications_and_in_bytes() {
        access.with("room", ChannelOptions.PLAIN.with(new Retention(1000, Duration.ofMinutes(5))));
        Party party = new Party();
        IntStream.rangeClosed(1, 301).forEach(i -> party.publish("" + i));
        assertThat(history(party)).hasSize(300).startsWith("1").endsWith("300");

        IntStream.rangeClosed(1, 1000).forEach(i -> party.publish("x".repeat(500 - Frame.OVERHEAD)));
        assertThat(history(party)).hasSize(150); // three quarters of an outbox
    }

    @Test
    void in_cache_mode_a_publication_that_is_not_the_latest_is_not_enough() {
        History page = new History(List.of(unplaced("1").at(new Position("e", 1))), new Position("e", 2));
        assertThat(CatchUp.of(new Position("e", 0), RecoveryMode.CACHE, page, 1000)
                        .outcome())
                .isEqualTo(Recovery.FAILED);
    }

    @Test
    void a_replay_has_a_bound_in_bytes_and_is_still_the_newest() {
        Party first = new Party();
        IntStream.rangeClosed(1, 9).forEach(i -> first.publish(i + "x".repeat(19_000)));
        Party party = new Party();
        party.subscribe(new SubscribeRequest("room", "", Set.of(), null, new Replay(0, 9), Echo.ON));
        assertThat(texts(party.result().publications()))
                .extracting(text -> text.charAt(0))
                .containsExactly('8', '9');
    }

    @Test
    void a_publication_too_large_for_a_page_does_not_hide_what_comes_after_it() {
        Party party = new Party();
        party.publish("\"" + "x".repeat(80_000) + "\"", "2");
        History page = party.client
                .history("room", new HistoryQuery(null, 10, HistoryQuery.Order.OLDEST_FIRST))
                .toCompletableFuture()
                .join();
        assertThat(page.publications()).hasSize(1);
    }

    @Test
    void what_happens_is_encoded_once_for_all_who_hear_it() {
        Broadcast broadcast = Broadcast.join("room", new ClientInfo("1", "ann", null, null));
        assertThat(broadcast.in(PlainEncoding.STEADY)).isSameAs(broadcast.in(PlainEncoding.STEADY));
    }
}
