package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.RecoveryMode;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.model.SubscribeResult;
import dev.switchboard.model.SubscribeResult.Recovery;
import dev.switchboard.spi.Engine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of clients that read more slowly than their channels speak; 25000 bytes may wait before anything is spared them. */
class SlowClientsTest extends Parties {

    private static final ChannelOptions LONG = ChannelOptions.PLAIN
            .with(new Retention(5000, Duration.ofMinutes(5)))
            .withJoinLeave(Offer.ON_REQUEST)
            .withRecovery(Offer.ON_REQUEST);

    /** So many publications of {@link #text} may wait. */
    private static final int FIT = 25_000 / (1000 + Frame.OVERHEAD);

    private final List<ScriptedTransport> transports = new ArrayList<>();
    private final Node node = Nodes.of(Nodes.limits(100_000), engine, access, clock, Runnable::run, Runnable::run);
    private final Hub here = new Hub(node);
    private final Party publisher = new Party(ScriptedTransport.inline(), here);

    SlowClientsTest() {
        access.with("old", LONG.with(SlowPolicy.DROP_OLDEST));
        access.with("ticker", LONG.with(SlowPolicy.LATEST));
        access.with("all", LONG.with(SlowPolicy.REWIND));
        access.with("more", LONG.with(SlowPolicy.REWIND));
        access.with("few", OpenAccess.EVERYTHING.with(SlowPolicy.REWIND));
    }

    @AfterEach
    void what_waited_is_paid_back_and_no_two_writes_overlapped() {
        here.stop(Disconnect.SHUTDOWN);
        assertThat(node.admission().budget().used()).isZero();
        assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.violations()).isEmpty());
    }

    /** Reads when the test says so. */
    private Party slow(String... channels) {
        ScriptedTransport transport = ScriptedTransport.late();
        transports.add(transport);
        Party party = new Party(transport, here, PlainEncoding.QUIET);
        for (String channel : channels) {
            assertThat(subscribe(party, channel, Echo.ON)).isNotNull();
        }
        return party;
    }

    private static SubscribeResult subscribe(Party party, String channel, Echo echo, Wish... wishes) {
        Set<Wish> wished = EnumSet.noneOf(Wish.class);
        wished.addAll(List.of(wishes));
        assertThat(party.subscribe(new SubscribeRequest(channel, "", wished, null, null, echo)))
                .isCompleted();
        return party.result();
    }

    private static String text(String channel, int i) {
        String start = channel + i + ":";
        return start + "x".repeat(1000 - start.length());
    }

    private void publish(String channel, int first, int last) {
        IntStream.rangeClosed(first, last).forEach(i -> publish(publisher, channel, text(channel, i)));
    }

    private static void publish(Party by, String channel, String text) {
        assertThat(by.client.publish(channel, Payload.json(text))).isCompleted();
    }

    @Test
    void only_a_client_in_a_latest_channel_has_its_buffering_limited() {
        assertThat(slow("ticker").transport.isLimited()).isTrue();
        assertThat(slow("old", "all").transport.isLimited()).isFalse();
    }

    /** Reads until nothing more comes. */
    private static void read(Party party) {
        while (party.client.outbox().bytes() > 0) {
            party.transport.complete();
        }
    }

    /** What has been sent, without the filling. */
    private static List<String> heard(Party party) {
        return party.sent().stream().map(sent -> sent.replaceAll(":x*", "")).toList();
    }

    private static List<String> names(String channel, int first, int last) {
        return IntStream.rangeClosed(first, last).mapToObj(i -> channel + i).toList();
    }

    private static List<String> join(List<?>... parts) {
        return Stream.of(parts).flatMap(List::stream).map(Object::toString).toList();
    }

    private Map<String, Long> drops() {
        return node.counters().drops().counts();
    }

    // All of them.

    @ParameterizedTest
    @EnumSource(SlowPolicy.class)
    void who_reads_in_time_hears_everything(SlowPolicy policy) {
        access.with("c", LONG.with(policy));
        Party party = slow("c");
        read(party);
        for (int i = 1; i <= 100; i++) {
            publish("c", i, i);
            read(party);
        }
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed"), names("c", 1, 100)));
        assertThat(drops()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(SlowPolicy.class)
    void who_does_not_read_at_all_is_cut_off(SlowPolicy policy) {
        access.with("c", LONG.with(policy));
        Party party = slow("c");
        publish("c", 1, 3);
        clock.advance(Duration.ofSeconds(10));
        here.check();
        assertThat(party.transport.closes()).isEmpty();
        clock.advance(Duration.ofNanos(1));
        here.check();
        assertThat(party.transport.closes()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(SlowPolicy.class)
    void only_the_shipped_policy_cuts_who_reads_slowly(SlowPolicy policy) {
        access.with("c", LONG.with(policy));
        Party party = slow("c");
        for (int i = 0; i < 60; i++) {
            publish("c", 5 * i + 1, 5 * i + 5);
            clock.advance(Duration.ofSeconds(6));
            here.check();
            if (party.transport.closes().isEmpty()) {
                party.transport.complete();
            }
        }
        assertThat(party.transport.closes())
                .isEqualTo(policy == SlowPolicy.DISCONNECT ? List.of(Disconnect.SLOW) : List.of());
        assertThat(drops()).hasSize(policy == SlowPolicy.DISCONNECT ? 0 : 1);
    }

    @ParameterizedTest
    @EnumSource(value = SlowPolicy.class, mode = EnumSource.Mode.EXCLUDE, names = "DISCONNECT")
    void what_is_no_publication_of_such_a_channel_makes_a_client_slow_as_ever(SlowPolicy policy) {
        access.with("c", LONG.with(policy));
        Party party = slow("c");
        publish("c", 1, 50);
        party.client.message(Payload.json("for it alone"));
        clock.advance(Duration.ofSeconds(6));
        party.transport.complete();
        here.check();
        assertThat(party.transport.closes()).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        here.check();
        assertThat(party.transport.closes()).containsExactly(Disconnect.SLOW);
    }

    @Test
    void who_came_or_went_is_not_told_where_there_is_no_room() {
        for (String channel : List.of("old", "ticker", "all")) {
            Party party = slow();
            subscribe(party, channel, Echo.ON, Wish.JOIN_LEAVE);
            for (int i = 0; i < 2000; i++) {
                engine.announceJoin(channel, new ClientInfo("c", "u", null, null));
            }
            assertThat(party.client.outbox().bytes()).isBetween(20_000L, 25_200L);
            clock.advance(Duration.ofSeconds(6));
            party.transport.complete();
            clock.advance(Duration.ofSeconds(6));
            here.check();
            assertThat(party.transport.closes()).isEmpty();
        }
        assertThat(drops()).isEmpty();
    }

    @Test
    void where_something_is_left_out_nobody_is_told_a_position_that_means_something_else() {
        for (String channel : List.of("old", "ticker")) {
            Party party = slow();
            SubscribeResult result = subscribe(party, channel, Echo.ON, Wish.RECOVERABLE, Wish.POSITIONED);
            assertThat(result.recoverable()).isFalse();
            assertThat(result.position()).isNull();
            SubscribeRequest back = new SubscribeRequest(channel, "", RECOVERABLE, new Position("", 0), null, Echo.ON);
            party.client.unsubscribe(channel);
            assertThat(party.subscribe(back)).isCompleted();
            assertThat(party.result().recovery()).isEqualTo(Recovery.FAILED);
        }
    }

    @Test
    void the_latest_can_be_recovered_whatever_is_left_out() {
        for (SlowPolicy policy : List.of(SlowPolicy.DROP_OLDEST, SlowPolicy.LATEST)) {
            String channel = "cache-" + policy;
            access.with(
                    channel,
                    ChannelOptions.PLAIN
                            .with(LONG.retention())
                            .withRecovery(Offer.ON_REQUEST)
                            .with(RecoveryMode.CACHE)
                            .with(policy));
            publish(channel, 1, 3);
            SubscribeRequest back = new SubscribeRequest(channel, "", RECOVERABLE, new Position("", 1), null, Echo.ON);
            Party party = slow();
            assertThat(party.subscribe(back)).isCompleted();
            assertThat(party.result().recoverable()).isTrue();
            assertThat(texts(party.result().publications())).containsExactly(text(channel, 3));
        }
    }

    // The oldest go.

    @Test
    void the_oldest_are_dropped_until_the_newest_fits() {
        Party party = slow("old");
        publish("old", 1, 60);
        read(party);
        publish("old", 61, 61);
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed"), names("old", 61 - FIT, 61)));
        assertThat(drops()).isEqualTo(Map.of("drop_oldest", 60L - FIT));
    }

    @Test
    void what_is_dropped_is_of_that_channel_alone() {
        access.with("sound", LONG);
        Party party = slow("old");
        for (int i = 1; i <= 40; i++) {
            publish("old", i, i);
            publish("sound", i, i);
        }
        Party both = slow("old", "sound");
        for (int i = 41; i <= 80; i++) {
            publish("old", i, i);
            publish("sound", i, i);
        }
        read(party);
        read(both);
        assertThat(heard(both)).containsSubsequence(names("sound", 41, 80));
        assertThat(heard(both)).filteredOn(text -> text.startsWith("old")).hasSizeLessThan(FIT);
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed"), names("old", 81 - FIT, 80)));
    }

    @Test
    void the_newest_itself_is_dropped_where_others_take_the_room() {
        access.with("sound", LONG);
        Party party = slow("old", "sound");
        publish("sound", 1, 40);
        publish("old", 1, 3);
        read(party);
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed", "subscribed"), names("sound", 1, 40)));
        assertThat(drops()).isEqualTo(Map.of("drop_oldest", 3L));
    }

    @Test
    void what_may_be_dropped_is_dropped_when_it_is_too_old() {
        Party party = slow("old");
        publish("old", 1, 2);
        clock.advance(Duration.ofSeconds(6));
        party.transport.complete();
        publish("old", 3, 3);
        clock.advance(Duration.ofSeconds(5));
        here.check();
        assertThat(party.transport.closes()).isEmpty();
        read(party);
        assertThat(heard(party)).containsExactly("subscribed", "old1", "old3");
        assertThat(drops()).isEqualTo(Map.of("drop_oldest", 1L));
    }

    @Test
    void answers_find_room_however_much_is_dropped() {
        Party party = slow("old");
        publish(publisher, "old", "z".repeat(5000));
        party.transport.complete();
        publish("old", 1, 60);
        CompletableFuture<?> room = party.client.room().toCompletableFuture();
        assertThat(room).isNotDone();
        party.transport.complete();
        assertThat(room).isDone();
        party.client.answer(Frame.text("y".repeat(74_000)));
        assertThat(party.transport.closes()).isEmpty();
    }

    // The latest stays.

    @Test
    void the_latest_takes_the_place_of_the_one_before() {
        Party party = slow("ticker", "old");
        read(party);
        publish("old", 1, 1);
        publish("ticker", 1, 2);
        publish("old", 2, 2);
        publish("ticker", 3, 9);
        read(party);
        publish("ticker", 10, 10);
        assertThat(heard(party)).containsExactly("subscribed", "subscribed", "old1", "ticker9", "old2", "ticker10");
        assertThat(drops()).isEqualTo(Map.of("latest", 8L));
    }

    @Test
    void the_latest_takes_as_much_room_as_it_needs() {
        Party party = slow("ticker");
        for (int size : List.of(10, 50_000, 1, 99_000, 5)) {
            publish(publisher, "ticker", "z".repeat(size));
            assertThat(party.client.outbox().bytes()).isEqualTo("subscribed".length() + size + 2L * Frame.OVERHEAD);
        }
    }

    @Test
    void who_has_no_room_for_the_latest_is_cut_off() {
        Party party = slow("ticker");
        publish(publisher, "ticker", "z");
        publish(publisher, "ticker", "z".repeat(100_000));
        assertThat(party.transport.closes()).containsExactly(Disconnect.SLOW);
    }

    @Test
    void the_latest_of_all_channels_together_leave_room_for_answers() {
        List<String> tickers = IntStream.rangeClosed(1, FIT + 1)
                .mapToObj(i -> "ticker" + i + "-")
                .toList();
        tickers.forEach(ticker -> access.with(ticker, LONG.with(SlowPolicy.LATEST)));
        Party party = slow(tickers.toArray(String[]::new));
        read(party);
        publish(publisher, tickers.get(0), "z".repeat(5000));
        for (int i = 1; i <= 5; i++) {
            int round = i;
            tickers.subList(0, FIT).forEach(ticker -> publish(ticker, round, round));
        }
        CompletableFuture<?> room = party.client.room().toCompletableFuture();
        assertThat(room).isNotDone();
        party.transport.complete();
        assertThat(room).isDone();
        publish(tickers.get(0), 6, 6);
        assertThat(party.transport.closes()).isEmpty();
        publish(tickers.get(FIT), 6, 6);
        assertThat(party.transport.closes()).containsExactly(Disconnect.SLOW);
    }

    // All of it, later.

    @Test
    void who_falls_behind_is_given_the_rest_from_the_history() {
        Party party = slow("all");
        publish("all", 1, 1000);
        assertThat(party.client.outbox().bytes()).isLessThan(27_000);
        read(party);
        publish("all", 1001, 1001);
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed"), names("all", 1, 1001)));
        assertThat(drops()).isEqualTo(Map.of("rewind", 1L));
    }

    @Test
    void who_falls_behind_again_is_rewound_again() {
        Party party = slow("all");
        for (int i = 0; i < 3; i++) {
            publish("all", 100 * i + 1, 100 * i + 100);
            read(party);
        }
        publish("all", 301, 400);
        assertThat(drops()).isEqualTo(Map.of("rewind", 4L));
        read(party);
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed"), names("all", 1, 400)));
    }

    @Test
    void its_answer_says_what_it_would_say_without() {
        Party party = slow();
        SubscribeResult plain = subscribe(party, "all", Echo.ON);
        assertThat(plain.position()).isNull();
        assertThat(plain.recoverable()).isFalse();
        party.client.unsubscribe("all");
        assertThat(subscribe(party, "all", Echo.ON, Wish.POSITIONED).position()).isNotNull();
    }

    @Test
    void what_is_published_while_the_history_is_read_comes_after_it_and_once() {
        Party party = slow("all");
        publish("all", 1, 60);
        engine.fallBehind();
        while (party.client.outbox().bytes() > 0) {
            party.transport.complete();
        }
        IntStream.rangeClosed(61, 63).forEach(i -> engineBrings("all", i));
        engine.catchUp();
        read(party);
        publish("all", 64, 64);
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed"), names("all", 1, 64)));
    }

    /** Publishes although the engine is late with its answers. */
    private void engineBrings(String channel, int i) {
        CompletionStage<?> unused = publisher.client.publish(channel, Payload.json(text(channel, i)));
    }

    @Test
    void too_much_while_the_history_is_read_is_read_as_well() {
        Party party = slow("all");
        publish("all", 1, 60);
        engine.fallBehind();
        while (party.client.outbox().bytes() > 0) {
            party.transport.complete();
        }
        IntStream.rangeClosed(61, 1500).forEach(i -> engineBrings("all", i));
        engine.catchUp();
        read(party);
        publish("all", 1501, 1501);
        assertThat(party.transport.closes()).isEmpty();
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed"), names("all", 1, 1501)));
    }

    @Test
    void too_much_while_it_enters_is_read_as_well() {
        Party party = slow();
        engine.fallBehind();
        CompletableFuture<?> subscribed =
                party.subscribe(new SubscribeRequest("all", "", Set.of(), null, null, Echo.ON));
        IntStream.rangeClosed(1, 1200).forEach(i -> engineBrings("all", i));
        engine.catchUp();
        assertThat(subscribed).isCompleted();
        read(party);
        publish("all", 1201, 1201);
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed"), names("all", 1, 1201)));
    }

    @Test
    void several_channels_fall_behind_and_all_of_them_catch_up() {
        Party party = slow("all", "more");
        for (int i = 1; i <= 500; i++) {
            publish("all", i, i);
            publish("more", i, i);
        }
        read(party);
        assertThat(heard(party)).filteredOn(text -> text.startsWith("all")).isEqualTo(names("all", 1, 500));
        assertThat(heard(party)).filteredOn(text -> text.startsWith("more")).isEqualTo(names("more", 1, 500));
        assertThat(drops()).isEqualTo(Map.of("rewind", 2L));
    }

    @Test
    void who_does_not_hear_itself_does_not_hear_itself_later() {
        Party party = slow();
        subscribe(party, "all", Echo.OFF);
        publish("all", 1, 50);
        publish(party, "all", text("own", 51));
        publish("all", 52, 53);
        read(party);
        assertThat(heard(party)).isEqualTo(join(List.of("subscribed"), names("all", 1, 50), names("all", 52, 53)));
    }

    @Test
    void who_falls_behind_further_than_the_history_reaches_is_told() {
        Party party = slow("few");
        publish("few", 1, 25 + 101);
        read(party);
        publish("few", 127, 127);
        assertThat(heard(party)).startsWith("subscribed", "few1").endsWith("unsubscribe few 2500");
        assertThat(subscribe(party, "few", Echo.ON)).isNotNull();
        publish("few", 128, 128);
        read(party);
        assertThat(heard(party)).endsWith("unsubscribe few 2500", "subscribed", "few128");
    }

    @Test
    void what_the_server_subscribed_ends_with_its_client_when_the_history_does_not_reach() {
        Party party = slow();
        assertThat(party.client.subscribe("few", SubscribeGrant.PLAIN, null)).isCompleted();
        publish("few", 1, 200);
        while (party.transport.closes().isEmpty()) {
            party.transport.complete();
        }
        assertThat(party.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    void a_history_that_has_begun_anew_is_told() {
        Engine forgetful = new MemoryEngine(60_000, clock, Runnable::run);
        Hub there = new Hub(Nodes.of(Nodes.limits(100_000), forgetful, access, clock, Runnable::run, Runnable::run));
        ScriptedTransport transport = ScriptedTransport.late();
        Party party = new Party(transport, there, PlainEncoding.QUIET);
        subscribe(party, "all", Echo.ON);
        Party other = new Party(ScriptedTransport.inline(), there);
        for (int i = 1; i <= 70; i++) { // forgotten at some point, and there is a new one
            publish(other, "all", text("all", i));
        }
        read(party);
        assertThat(heard(party)).startsWith("subscribed", "all1").endsWith("unsubscribe all 2500");
        there.stop(Disconnect.SHUTDOWN);
    }

    @Test
    void a_history_that_cannot_be_read_is_told() {
        Party party = slow("all");
        publish("all", 1, 60);
        engine.fail(new IllegalStateException("down"));
        read(party);
        engine.fail(null);
        publish("all", 61, 61);
        read(party);
        assertThat(heard(party)).hasSizeLessThan(40).endsWith("unsubscribe all 2500");
    }

    @Test
    void who_unsubscribes_while_behind_hears_no_more_than_waits() {
        Party party = slow("all");
        publish("all", 1, 60);
        assertThat(party.client.unsubscribe("all")).isCompleted();
        SubscribeResult again = subscribe(party, "all", Echo.ON, Wish.POSITIONED);
        assertThat(position(again).offset()).isEqualTo(60);
        read(party);
        publish("all", 61, 61);
        assertThat(heard(party))
                .isEqualTo(join(List.of("subscribed"), names("all", 1, FIT + 1), List.of("subscribed", "all61")));
    }

    @Test
    void who_unsubscribes_while_the_history_is_read_hears_nothing_of_it() {
        Party party = slow("all");
        publish("all", 1, 60);
        engine.fallBehind();
        read(party);
        CompletionStage<?> unused = party.client.unsubscribe("all");
        engine.catchUp();
        read(party);
        assertThat(heard(party)).hasSizeLessThan(40);
        assertThat(here.channelCount()).isZero();
    }

    @Test
    void who_ends_while_behind_leaves_nothing_behind() {
        Party party = slow("all");
        publish("all", 1, 60);
        party.client.closed(1006, "");
        assertThat(here.channelCount()).isZero();
        Party reading = slow("all");
        publish("all", 61, 120);
        engine.fallBehind();
        read(reading);
        int heard = reading.sent().size();
        reading.client.closed(1006, "");
        engine.catchUp();
        assertThat(reading.sent()).hasSize(heard);
        assertThat(here.channelCount()).isZero();
    }

    @Test
    void a_publication_too_large_to_wait_for_room_cuts_off_who_has_none() {
        Party party = slow("all");
        publish(publisher, "all", "z".repeat(80_000));
        assertThat(party.transport.closes()).isEmpty();
        publish(publisher, "all", "z".repeat(80_000));
        assertThat(party.transport.closes()).containsExactly(Disconnect.SLOW);
    }

    @Test
    void a_hole_in_the_feed_is_found_although_the_client_did_not_ask() {
        Party party = slow("all");
        publish("all", 1, 1);
        engine.lose(publication -> true);
        publish("all", 2, 2);
        engine.lose(publication -> false);
        publish("all", 3, 3);
        read(party);
        assertThat(heard(party)).containsExactly("subscribed", "all1", "unsubscribe all 2500");
    }
}
