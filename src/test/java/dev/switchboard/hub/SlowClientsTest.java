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

/** Slow clients under each policy; 25000 bytes may wait before a publication is dropped. */
class SlowClientsTest extends HubClients {

    private static final ChannelOptions LONG = ChannelOptions.PLAIN
            .with(new Retention(5000, Duration.ofMinutes(5)))
            .withJoinLeave(Offer.ON_REQUEST)
            .withRecovery(Offer.ON_REQUEST);

    /** The number of publications of {@link #text} that may wait. */
    private static final int FIT = 25_000 / (1000 + Frame.OVERHEAD);

    private final List<ScriptedTransport> transports = new ArrayList<>();
    private final Node node = Nodes.of(Nodes.limits(100_000), engine, access, clock, Runnable::run, Runnable::run);
    private final Hub here = new Hub(node);
    private final TestClient publisher = new TestClient(ScriptedTransport.inline(), here);

    SlowClientsTest() {
        access.with("old", LONG.with(SlowPolicy.DROP_OLDEST));
        access.with("ticker", LONG.with(SlowPolicy.LATEST));
        access.with("all", LONG.with(SlowPolicy.REWIND));
        access.with("more", LONG.with(SlowPolicy.REWIND));
        access.with("few", OpenAccess.EVERYTHING.with(SlowPolicy.REWIND));
    }

    @AfterEach
    void the_budget_is_free_and_no_two_writes_overlapped() {
        here.stop(Disconnect.SHUTDOWN);
        assertThat(node.admission().budget().used()).isZero();
        assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.violations()).isEmpty());
    }

    /** Returns a client that reads when the test says so. */
    private TestClient slow(String... channels) {
        ScriptedTransport transport = ScriptedTransport.late();
        transports.add(transport);
        TestClient subscriber = new TestClient(transport, here, PlainEncoding.QUIET);
        for (String channel : channels) {
            assertThat(subscribe(subscriber, channel, Echo.ON)).isNotNull();
        }
        return subscriber;
    }

    private static SubscribeResult subscribe(TestClient subscriber, String channel, Echo echo, Wish... wishes) {
        Set<Wish> wished = EnumSet.noneOf(Wish.class);
        wished.addAll(List.of(wishes));
        assertThat(subscriber.subscribe(new SubscribeRequest(channel, "", wished, null, null, echo)))
                .isCompleted();
        return subscriber.result();
    }

    private static String text(String channel, int i) {
        String start = channel + i + ":";
        return start + "x".repeat(1000 - start.length());
    }

    private void publish(String channel, int first, int last) {
        IntStream.rangeClosed(first, last).forEach(i -> publish(publisher, channel, text(channel, i)));
    }

    private static void publish(TestClient by, String channel, String text) {
        assertThat(by.client.publish(channel, Payload.json(text))).isCompleted();
    }

    @Test
    void buffering_is_limited_for_a_client_of_a_latest_channel_alone() {
        assertThat(slow("ticker").transport.isLimited()).isTrue();
        assertThat(slow("old", "all").transport.isLimited()).isFalse();
    }

    /** Reads until nothing waits. */
    private static void read(TestClient subscriber) {
        while (subscriber.client.outbox().bytes() > 0) {
            subscriber.transport.complete();
        }
    }

    /** Returns the frames without the filling of {@link #text}. */
    private static List<String> heard(TestClient subscriber) {
        return subscriber.sent().stream()
                .map(sent -> sent.replaceAll(":x*", ""))
                .toList();
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

    // All policies.

    @ParameterizedTest
    @EnumSource(SlowPolicy.class)
    void a_client_gets_everything_when_it_reads_in_time(SlowPolicy policy) {
        access.with("c", LONG.with(policy));
        TestClient subscriber = slow("c");
        read(subscriber);
        for (int i = 1; i <= 100; i++) {
            publish("c", i, i);
            read(subscriber);
        }
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed"), names("c", 1, 100)));
        assertThat(drops()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(SlowPolicy.class)
    void a_client_is_disconnected_when_it_never_reads(SlowPolicy policy) {
        access.with("c", LONG.with(policy));
        TestClient subscriber = slow("c");
        publish("c", 1, 3);
        clock.advance(Duration.ofSeconds(10));
        here.check();
        assertThat(subscriber.transport.closes()).isEmpty();
        clock.advance(Duration.ofNanos(1));
        here.check();
        assertThat(subscriber.transport.closes()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(SlowPolicy.class)
    void a_slow_reader_is_disconnected_by_the_default_policy_alone(SlowPolicy policy) {
        access.with("c", LONG.with(policy));
        TestClient subscriber = slow("c");
        for (int i = 0; i < 60; i++) {
            publish("c", 5 * i + 1, 5 * i + 5);
            clock.advance(Duration.ofSeconds(6));
            here.check();
            if (subscriber.transport.closes().isEmpty()) {
                subscriber.transport.complete();
            }
        }
        assertThat(subscriber.transport.closes())
                .isEqualTo(policy == SlowPolicy.DISCONNECT ? List.of(Disconnect.SLOW) : List.of());
        assertThat(drops()).hasSize(policy == SlowPolicy.DISCONNECT ? 0 : 1);
    }

    @ParameterizedTest
    @EnumSource(value = SlowPolicy.class, mode = EnumSource.Mode.EXCLUDE, names = "DISCONNECT")
    void a_client_is_slow_under_each_policy_when_another_frame_waits(SlowPolicy policy) {
        access.with("c", LONG.with(policy));
        TestClient subscriber = slow("c");
        publish("c", 1, 50);
        subscriber.client.message(Payload.json("for it alone"));
        clock.advance(Duration.ofSeconds(6));
        subscriber.transport.complete();
        here.check();
        assertThat(subscriber.transport.closes()).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        here.check();
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.SLOW);
    }

    @Test
    void joins_are_left_out_when_there_is_no_room() {
        for (String channel : List.of("old", "ticker", "all")) {
            TestClient subscriber = slow();
            subscribe(subscriber, channel, Echo.ON, Wish.JOIN_LEAVE);
            for (int i = 0; i < 2000; i++) {
                engine.announceJoin(channel, new ClientInfo("c", "u", null, null));
            }
            assertThat(subscriber.client.outbox().bytes()).isBetween(20_000L, 25_200L);
            clock.advance(Duration.ofSeconds(6));
            subscriber.transport.complete();
            clock.advance(Duration.ofSeconds(6));
            here.check();
            assertThat(subscriber.transport.closes()).isEmpty();
        }
        assertThat(drops()).isEmpty();
    }

    @Test
    void a_client_gets_no_position_when_publications_may_be_dropped() {
        for (String channel : List.of("old", "ticker")) {
            TestClient subscriber = slow();
            SubscribeResult result = subscribe(subscriber, channel, Echo.ON, Wish.RECOVERABLE, Wish.POSITIONED);
            assertThat(result.recoverable()).isFalse();
            assertThat(result.position()).isNull();
            SubscribeRequest back = new SubscribeRequest(channel, "", RECOVERABLE, new Position("", 0), null, Echo.ON);
            subscriber.client.unsubscribe(channel);
            assertThat(subscriber.subscribe(back)).isCompleted();
            assertThat(subscriber.result().recovery()).isEqualTo(Recovery.FAILED);
        }
    }

    @Test
    void the_latest_publication_is_recovered_when_others_were_dropped() {
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
            TestClient subscriber = slow();
            assertThat(subscriber.subscribe(back)).isCompleted();
            assertThat(subscriber.result().recoverable()).isTrue();
            assertThat(texts(subscriber.result().publications())).containsExactly(text(channel, 3));
        }
    }

    // DROP_OLDEST.

    @Test
    void the_oldest_publications_are_dropped_until_the_newest_fits() {
        TestClient subscriber = slow("old");
        publish("old", 1, 60);
        read(subscriber);
        publish("old", 61, 61);
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed"), names("old", 61 - FIT, 61)));
        assertThat(drops()).isEqualTo(Map.of("drop_oldest", 60L - FIT));
    }

    @Test
    void publications_are_dropped_in_their_own_channel_alone() {
        access.with("sound", LONG);
        TestClient subscriber = slow("old");
        for (int i = 1; i <= 40; i++) {
            publish("old", i, i);
            publish("sound", i, i);
        }
        TestClient both = slow("old", "sound");
        for (int i = 41; i <= 80; i++) {
            publish("old", i, i);
            publish("sound", i, i);
        }
        read(subscriber);
        read(both);
        assertThat(heard(both)).containsSubsequence(names("sound", 41, 80));
        assertThat(heard(both)).filteredOn(text -> text.startsWith("old")).hasSizeLessThan(FIT);
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed"), names("old", 81 - FIT, 80)));
    }

    @Test
    void the_newest_publication_is_dropped_when_other_channels_take_the_room() {
        access.with("sound", LONG);
        TestClient subscriber = slow("old", "sound");
        publish("sound", 1, 40);
        publish("old", 1, 3);
        read(subscriber);
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed", "subscribed"), names("sound", 1, 40)));
        assertThat(drops()).isEqualTo(Map.of("drop_oldest", 3L));
    }

    @Test
    void a_publication_is_dropped_when_it_is_too_old() {
        TestClient subscriber = slow("old");
        publish("old", 1, 2);
        clock.advance(Duration.ofSeconds(6));
        subscriber.transport.complete();
        publish("old", 3, 3);
        clock.advance(Duration.ofSeconds(5));
        here.check();
        assertThat(subscriber.transport.closes()).isEmpty();
        read(subscriber);
        assertThat(heard(subscriber)).containsExactly("subscribed", "old1", "old3");
        assertThat(drops()).isEqualTo(Map.of("drop_oldest", 1L));
    }

    @Test
    void an_answer_has_room_when_publications_are_dropped() {
        TestClient subscriber = slow("old");
        publish(publisher, "old", "z".repeat(5000));
        subscriber.transport.complete();
        publish("old", 1, 60);
        CompletableFuture<?> room = subscriber.client.room().toCompletableFuture();
        assertThat(room).isNotDone();
        subscriber.transport.complete();
        assertThat(room).isDone();
        subscriber.client.answer(Frame.text("y".repeat(74_000)));
        assertThat(subscriber.transport.closes()).isEmpty();
    }

    // LATEST.

    @Test
    void the_latest_publication_replaces_the_one_before() {
        TestClient subscriber = slow("ticker", "old");
        read(subscriber);
        publish("old", 1, 1);
        publish("ticker", 1, 2);
        publish("old", 2, 2);
        publish("ticker", 3, 9);
        read(subscriber);
        publish("ticker", 10, 10);
        assertThat(heard(subscriber))
                .containsExactly("subscribed", "subscribed", "old1", "ticker9", "old2", "ticker10");
        assertThat(drops()).isEqualTo(Map.of("latest", 8L));
    }

    @Test
    void the_latest_publication_takes_as_much_room_as_it_needs() {
        TestClient subscriber = slow("ticker");
        for (int size : List.of(10, 50_000, 1, 99_000, 5)) {
            publish(publisher, "ticker", "z".repeat(size));
            assertThat(subscriber.client.outbox().bytes())
                    .isEqualTo("subscribed".length() + size + 2L * Frame.OVERHEAD);
        }
    }

    @Test
    void a_client_is_disconnected_when_the_latest_publication_has_no_room() {
        TestClient subscriber = slow("ticker");
        publish(publisher, "ticker", "z");
        publish(publisher, "ticker", "z".repeat(100_000));
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.SLOW);
    }

    @Test
    void the_latest_publications_of_all_channels_leave_room_for_answers() {
        List<String> tickers = IntStream.rangeClosed(1, FIT + 1)
                .mapToObj(i -> "ticker" + i + "-")
                .toList();
        tickers.forEach(ticker -> access.with(ticker, LONG.with(SlowPolicy.LATEST)));
        TestClient subscriber = slow(tickers.toArray(String[]::new));
        read(subscriber);
        publish(publisher, tickers.get(0), "z".repeat(5000));
        for (int i = 1; i <= 5; i++) {
            int round = i;
            tickers.subList(0, FIT).forEach(ticker -> publish(ticker, round, round));
        }
        CompletableFuture<?> room = subscriber.client.room().toCompletableFuture();
        assertThat(room).isNotDone();
        subscriber.transport.complete();
        assertThat(room).isDone();
        publish(tickers.get(0), 6, 6);
        assertThat(subscriber.transport.closes()).isEmpty();
        publish(tickers.get(FIT), 6, 6);
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.SLOW);
    }

    // REWIND.

    @Test
    void a_client_gets_the_rest_from_the_history_when_it_falls_behind() {
        TestClient subscriber = slow("all");
        publish("all", 1, 1000);
        assertThat(subscriber.client.outbox().bytes()).isLessThan(27_000);
        read(subscriber);
        publish("all", 1001, 1001);
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed"), names("all", 1, 1001)));
        assertThat(drops()).isEqualTo(Map.of("rewind", 1L));
    }

    @Test
    void a_client_is_rewound_again_when_it_falls_behind_again() {
        TestClient subscriber = slow("all");
        for (int i = 0; i < 3; i++) {
            publish("all", 100 * i + 1, 100 * i + 100);
            read(subscriber);
        }
        publish("all", 301, 400);
        assertThat(drops()).isEqualTo(Map.of("rewind", 4L));
        read(subscriber);
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed"), names("all", 1, 400)));
    }

    @Test
    void the_subscribe_reply_has_no_position_when_only_the_policy_needs_one() {
        TestClient subscriber = slow();
        SubscribeResult plain = subscribe(subscriber, "all", Echo.ON);
        assertThat(plain.position()).isNull();
        assertThat(plain.recoverable()).isFalse();
        subscriber.client.unsubscribe("all");
        assertThat(subscribe(subscriber, "all", Echo.ON, Wish.POSITIONED).position())
                .isNotNull();
    }

    @Test
    void a_publication_comes_once_after_the_history_that_is_being_read() {
        TestClient subscriber = slow("all");
        publish("all", 1, 60);
        engine.fallBehind();
        while (subscriber.client.outbox().bytes() > 0) {
            subscriber.transport.complete();
        }
        IntStream.rangeClosed(61, 63).forEach(i -> engineBrings("all", i));
        engine.catchUp();
        read(subscriber);
        publish("all", 64, 64);
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed"), names("all", 1, 64)));
    }

    /** Publishes while the engine answers late. */
    private void engineBrings(String channel, int i) {
        CompletionStage<?> unused = publisher.client.publish(channel, Payload.json(text(channel, i)));
    }

    @Test
    void the_history_is_read_again_when_too_much_comes_meanwhile() {
        TestClient subscriber = slow("all");
        publish("all", 1, 60);
        engine.fallBehind();
        while (subscriber.client.outbox().bytes() > 0) {
            subscriber.transport.complete();
        }
        IntStream.rangeClosed(61, 1500).forEach(i -> engineBrings("all", i));
        engine.catchUp();
        read(subscriber);
        publish("all", 1501, 1501);
        assertThat(subscriber.transport.closes()).isEmpty();
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed"), names("all", 1, 1501)));
    }

    @Test
    void the_history_is_read_when_too_much_comes_during_a_subscribe() {
        TestClient subscriber = slow();
        engine.fallBehind();
        CompletableFuture<?> subscribed =
                subscriber.subscribe(new SubscribeRequest("all", "", Set.of(), null, null, Echo.ON));
        IntStream.rangeClosed(1, 1200).forEach(i -> engineBrings("all", i));
        engine.catchUp();
        assertThat(subscribed).isCompleted();
        read(subscriber);
        publish("all", 1201, 1201);
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed"), names("all", 1, 1201)));
    }

    @Test
    void several_channels_catch_up_when_all_fell_behind() {
        TestClient subscriber = slow("all", "more");
        for (int i = 1; i <= 500; i++) {
            publish("all", i, i);
            publish("more", i, i);
        }
        read(subscriber);
        assertThat(heard(subscriber)).filteredOn(text -> text.startsWith("all")).isEqualTo(names("all", 1, 500));
        assertThat(heard(subscriber))
                .filteredOn(text -> text.startsWith("more"))
                .isEqualTo(names("more", 1, 500));
        assertThat(drops()).isEqualTo(Map.of("rewind", 2L));
    }

    @Test
    void a_client_without_echo_gets_no_own_publication_from_the_history() {
        TestClient subscriber = slow();
        subscribe(subscriber, "all", Echo.OFF);
        publish("all", 1, 50);
        publish(subscriber, "all", text("own", 51));
        publish("all", 52, 53);
        read(subscriber);
        assertThat(heard(subscriber)).isEqualTo(join(List.of("subscribed"), names("all", 1, 50), names("all", 52, 53)));
    }

    @Test
    void a_client_is_unsubscribed_when_the_history_does_not_reach_back() {
        TestClient subscriber = slow("few");
        publish("few", 1, 25 + 101);
        read(subscriber);
        publish("few", 127, 127);
        assertThat(heard(subscriber)).startsWith("subscribed", "few1").endsWith("unsubscribe few 2500");
        assertThat(subscribe(subscriber, "few", Echo.ON)).isNotNull();
        publish("few", 128, 128);
        read(subscriber);
        assertThat(heard(subscriber)).endsWith("unsubscribe few 2500", "subscribed", "few128");
    }

    @Test
    void a_client_subscribed_by_the_server_ends_when_the_history_does_not_reach_back() {
        TestClient subscriber = slow();
        assertThat(subscriber.client.subscribe("few", SubscribeGrant.PLAIN, null))
                .isCompleted();
        publish("few", 1, 200);
        while (subscriber.transport.closes().isEmpty()) {
            subscriber.transport.complete();
        }
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }

    @Test
    void a_client_is_unsubscribed_when_the_history_has_a_new_epoch() {
        Engine forgetful = new MemoryEngine(60_000, clock, Runnable::run);
        Hub there = new Hub(Nodes.of(Nodes.limits(100_000), forgetful, access, clock, Runnable::run, Runnable::run));
        ScriptedTransport transport = ScriptedTransport.late();
        TestClient subscriber = new TestClient(transport, there, PlainEncoding.QUIET);
        subscribe(subscriber, "all", Echo.ON);
        TestClient other = new TestClient(ScriptedTransport.inline(), there);
        for (int i = 1; i <= 70; i++) { // the engine forgets the stream meanwhile, and begins a new one
            publish(other, "all", text("all", i));
        }
        read(subscriber);
        assertThat(heard(subscriber)).startsWith("subscribed", "all1").endsWith("unsubscribe all 2500");
        there.stop(Disconnect.SHUTDOWN);
    }

    @Test
    void a_client_is_unsubscribed_when_the_history_cannot_be_read() {
        TestClient subscriber = slow("all");
        publish("all", 1, 60);
        engine.fail(new IllegalStateException("down"));
        read(subscriber);
        engine.fail(null);
        publish("all", 61, 61);
        read(subscriber);
        assertThat(heard(subscriber)).hasSizeLessThan(40).endsWith("unsubscribe all 2500");
    }

    @Test
    void a_client_gets_only_waiting_frames_when_it_unsubscribes_while_behind() {
        TestClient subscriber = slow("all");
        publish("all", 1, 60);
        assertThat(subscriber.client.unsubscribe("all")).isCompleted();
        SubscribeResult again = subscribe(subscriber, "all", Echo.ON, Wish.POSITIONED);
        assertThat(position(again).offset()).isEqualTo(60);
        read(subscriber);
        publish("all", 61, 61);
        assertThat(heard(subscriber))
                .isEqualTo(join(List.of("subscribed"), names("all", 1, FIT + 1), List.of("subscribed", "all61")));
    }

    @Test
    void a_client_gets_no_history_when_it_unsubscribes_while_that_is_read() {
        TestClient subscriber = slow("all");
        publish("all", 1, 60);
        engine.fallBehind();
        read(subscriber);
        CompletionStage<?> unused = subscriber.client.unsubscribe("all");
        engine.catchUp();
        read(subscriber);
        assertThat(heard(subscriber)).hasSizeLessThan(40);
        assertThat(here.channelCount()).isZero();
    }

    @Test
    void a_client_that_is_behind_leaves_nothing_when_it_ends() {
        TestClient subscriber = slow("all");
        publish("all", 1, 60);
        subscriber.client.closed(1006, "");
        assertThat(here.channelCount()).isZero();
        TestClient reading = slow("all");
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
    void a_client_is_disconnected_when_a_very_large_publication_has_no_room() {
        TestClient subscriber = slow("all");
        publish(publisher, "all", "z".repeat(80_000));
        assertThat(subscriber.transport.closes()).isEmpty();
        publish(publisher, "all", "z".repeat(80_000));
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.SLOW);
    }

    @Test
    void a_gap_is_found_when_only_the_policy_keeps_the_position() {
        TestClient subscriber = slow("all");
        publish("all", 1, 1);
        engine.lose(publication -> true);
        publish("all", 2, 2);
        engine.lose(publication -> false);
        publish("all", 3, 3);
        read(subscriber);
        assertThat(heard(subscriber)).containsExactly("subscribed", "all1", "unsubscribe all 2500");
    }
}
