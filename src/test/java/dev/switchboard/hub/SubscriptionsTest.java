package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.failure.Row;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.ConnectResult;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Echo;
import dev.switchboard.model.Frame;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Publication;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.SubscribeRequest;
import dev.switchboard.model.SubscribeRequest.Wish;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.spi.AccessPolicy;
import dev.switchboard.spi.Encoding;
import dev.switchboard.spi.Engine;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who comes and goes, in every order of events. */
class SubscriptionsTest extends Parties {

    @Test
    void whoever_unsubscribes_is_gone_when_it_is_answered() {
        Party stays = new Party();
        stays.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        Party goes = new Party();
        goes.subscribe(Set.of(), null);
        assertThat(stays.client.presence("room").toCompletableFuture().join())
                .containsOnlyKeys(stays.client.id(), goes.client.id());

        assertThat(goes.client.unsubscribe("room")).isCompleted();
        assertThat(stays.client.presence("room").toCompletableFuture().join()).containsOnlyKeys(stays.client.id());
        assertThat(stays.sent()).containsExactly("subscribed", "join ", "join ", "leave ");
        assertThat(goes.sent()).containsExactly("subscribed");
        assertThat(goes.client.unsubscribe("room")).isCompleted();
    }

    @Test
    void a_client_that_ends_is_seen_to_leave_wherever_it_was() {
        Party stays = new Party();
        stays.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        Party goes = new Party();
        goes.subscribe(Set.of(), null);
        goes.client.closed(1006, "");
        assertThat(stays.sent()).endsWith("leave ");
        assertThat(stays.client.presenceStats("room").toCompletableFuture().join())
                .isEqualTo(new PresenceStats(1, 1));
    }

    @Test
    void a_client_that_ends_while_it_enters_leaves_nothing_behind() {
        Party stays = new Party();
        stays.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        Party goes = new Party();
        engine.fallBehind();
        goes.subscribe(Set.of(), null);
        goes.client.closed(1006, "");
        engine.catchUp();
        assertThat(stays.client.presence("room").toCompletableFuture().join()).containsOnlyKeys(stays.client.id());
        assertThat(stays.sent()).containsExactly("subscribed", "join ");
        assertThat(goes.sent()).isEmpty();
        stays.client.closed(1006, "");
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void an_engine_that_fails_refuses_and_leaves_nothing_behind() {
        Party party = new Party();
        IllegalStateException down = new IllegalStateException("down");
        engine.fail(down);
        failure(party.subscribe(RECOVERABLE, null), down);
        engine.fail(null);
        assertThat(party.subscribe(RECOVERABLE, null)).isCompleted();
        assertThat(party.sent()).containsExactly("subscribed");
    }

    @Test
    void a_client_may_be_in_so_many_channels_and_in_each_once() {
        Party party = new Party();
        for (int i = 0; i < 128; i++) {
            party.subscribe(new SubscribeRequest("c" + i, "", Set.of(), null, null, Echo.ON));
        }
        assertThatThrownBy(() -> party.subscribe(Set.of(), null)).isEqualTo(ClientError.LIMIT_EXCEEDED);
        assertThatThrownBy(() -> party.subscribe(new SubscribeRequest("c1", "", Set.of(), null, null, Echo.ON)))
                .isEqualTo(ClientError.ALREADY_SUBSCRIBED);
        party.client.unsubscribe("c1");
        assertThat(party.subscribe(Set.of(), null)).isCompleted();
    }

    @Test
    void what_a_token_names_is_subscribed_when_the_client_connects() {
        access.with(
                "ann",
                new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN, "news", SubscribeGrant.PLAIN)));
        Party party = new Party();
        List<ConnectResult> results = new ArrayList<>();
        assertThat(party.client.connect("ann", null, Map.of(), result -> {
                    results.add(result);
                    return Frame.text("connected");
                }))
                .isCompleted();
        new Party().publish("1");
        assertThat(results).singleElement().satisfies(result -> {
            assertThat(result.subscriptions()).containsOnlyKeys("room", "news");
            assertThat(result.subscriptions().get("room"))
                    .satisfies(room -> assertThat(Objects.requireNonNull(room).recoverable())
                            .isTrue());
        });
        assertThat(party.sent()).containsExactly("connected", "1");
    }

    @Test
    void nobody_is_subscribed_halfway_to_what_its_token_names() {
        access.with("ann", new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN)));
        Party party = new Party();
        engine.fail(new IllegalStateException("down"));
        assertThat(party.client.connect("ann", null, Map.of(), result -> Frame.text("connected")))
                .isCompletedExceptionally();
        engine.fail(null);
        assertThat(hub.channelCount()).isZero();
        assertThat(party.sent()).isEmpty();
    }

    @Test
    @Row("A2")
    void a_subscription_that_is_not_renewed_ends_and_so_does_a_connection() {
        access.with("ann", new Identity("ann", null, 60, Map.of()));
        Party party = new Party();
        party.client.connect("ann", null, Map.of(), result -> Frame.text("connected"));
        party.client.subscribe("room", new SubscribeGrant(null, null, 10), null);
        Party other = new Party();
        other.client.subscribe("room", SubscribeGrant.PLAIN, null);
        clock.advance(Duration.ofSeconds(35));
        hub.check();
        assertThat(party.transport.closes()).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        hub.check();
        assertThat(party.transport.closes()).containsExactly(Disconnect.SUBSCRIPTION_EXPIRED);
        assertThat(other.transport.closes()).isEmpty();
    }

    @Test
    void who_left_and_came_back_is_there_although_the_server_was_about_to_take_it_out() {
        Queue<Runnable> writers = new ArrayDeque<>();
        Hub own = new Hub(Nodes.of(Nodes.limits(100_000), engine, access, clock, writers::add, Runnable::run));
        Party party = new Party(ScriptedTransport.inline(), own);
        party.subscribe(RECOVERABLE, null);
        engine.bring("room", new Publication(Payload.json("1"), null, new Position("other", 7)));
        Runnable takeOut = writers.remove();
        assertThat(party.client.unsubscribe("room")).isCompleted();
        assertThat(party.subscribe(RECOVERABLE, null)).isCompleted();
        takeOut.run();
        assertThat(engine.presence("room").toCompletableFuture().join()).containsOnlyKeys(party.client.id());
        assertThat(party.sent()).containsExactly("subscribed", "subscribed");
    }

    @Test
    void what_holds_for_longer_than_a_clock_can_tell_holds() {
        access.with("ann", new Identity("ann", null, 99_999_999_999L, Map.of()));
        Party party = new Party();
        assertThat(party.client.connect("ann", null, Map.of(), result -> Frame.text("connected")))
                .isCompleted();
        assertThat(party.client.subscribe("room", new SubscribeGrant(null, null, 99_999_999_999L), null))
                .isCompleted();
        hub.check();
        assertThat(party.transport.closes()).isEmpty();
    }

    @Test
    void whoever_leaves_while_others_are_told_that_it_came_is_last_heard_to_leave() {
        Party stays = new Party();
        stays.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        ScriptedTransport transport = ScriptedTransport.inline();
        Party goes = new Party(transport);
        transport.follow((frame, completion) -> {
            completion.completed(null);
            goes.client.unsubscribe("room");
        });
        goes.subscribe(Set.of(), null);
        assertThat(stays.sent()).contains("join ").endsWith("leave ");
        assertThat(stays.client.presence("room").toCompletableFuture().join()).containsOnlyKeys(stays.client.id());
    }

    @Test
    void a_client_that_ends_before_it_is_in_leaves_nothing_behind() {
        Party stays = new Party();
        Party goes = new Party();
        engine.enterLater();
        goes.subscribe(Set.of(), null);
        goes.client.closed(1006, "");
        engine.catchUp();
        assertThat(stays.client.presence("room").toCompletableFuture().join()).isEmpty();
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void when_one_channel_of_a_token_cannot_be_entered_the_others_are_left() {
        access.with(
                "ann",
                new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN, "plain", SubscribeGrant.PLAIN)));
        Party party = new Party();
        engine.fail(new IllegalStateException("down"));
        assertThat(party.client.connect("ann", null, Map.of(), result -> Frame.text("connected")))
                .isCompletedExceptionally();
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void who_may_not_see_who_is_there_does_not_hear_who_comes() {
        access.deny(AccessPolicy.Right.PRESENCE);
        Party party = new Party();
        party.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        new Party().subscribe(Set.of(), null);
        assertThat(party.sent()).containsExactly("subscribed");
    }

    @Test
    void a_channel_can_be_entered_again_only_when_it_has_been_left() {
        Party party = new Party();
        party.subscribe(Set.of(), null);
        engine.fallBehind();
        CompletableFuture<?> left = party.client.unsubscribe("room").toCompletableFuture();
        assertThatThrownBy(() -> party.subscribe(Set.of(), null)).isEqualTo(ClientError.ALREADY_SUBSCRIBED);
        engine.catchUp();
        assertThat(left).isCompleted();
        assertThat(party.subscribe(Set.of(), null)).isCompleted();
    }

    @Test
    void who_is_leaving_already_is_not_told_that_it_was_taken_out() {
        Party party = new Party();
        party.subscribe(Set.of(), null);
        engine.fallBehind();
        party.client.unsubscribe("room");
        party.client.unsubscribe("room", Unsubscribe.SERVER);
        engine.catchUp();
        assertThat(party.sent()).containsExactly("subscribed");
    }

    @Test
    void a_subscription_that_is_renewed_for_ever_does_not_end() {
        Party party = new Party();
        party.client.subscribe("room", new SubscribeGrant(null, null, 10), null);
        assertThat(party.client.refresh("room", "token").toCompletableFuture()).isCompletedWithValue(0L);
        clock.advance(Duration.ofMinutes(1));
        hub.check();
        assertThat(party.transport.closes()).isEmpty();
    }

    @Test
    void the_answer_to_a_connect_comes_before_what_is_published_meanwhile() {
        access.with("ann", new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN)));
        Party party = new Party();
        engine.fallBehind();
        CompletableFuture<?> connected = party.client
                .connect("ann", null, Map.of(), result -> Frame.text("connected"))
                .toCompletableFuture();
        engine.bring("room", unplaced("1"));
        engine.catchUp();
        assertThat(connected).isCompleted();
        assertThat(String.join("|", party.sent())).isEqualTo("connected|1");
    }

    @Test
    void the_names_of_more_than_a_thousand_are_too_much_but_not_their_number() {
        Party party = new Party();
        IntStream.range(0, 1000).forEach(i -> engine.enter("room", new ClientInfo("c" + i, "", null, null)));
        assertThat(party.client.presence("room").toCompletableFuture().join()).hasSize(1000);
        engine.enter("room", new ClientInfo("c1000", "", null, null));
        failure(party.client.presence("room").toCompletableFuture(), ClientError.LIMIT_EXCEEDED);
        assertThat(party.client.presenceStats("room").toCompletableFuture().join())
                .isEqualTo(new PresenceStats(1001, 1));
    }

    @Test
    void a_token_that_names_more_channels_than_a_client_may_be_in_is_refused() {
        Map<String, SubscribeGrant> channels =
                IntStream.range(0, 129).boxed().collect(Collectors.toMap(i -> "c" + i, i -> SubscribeGrant.PLAIN));
        access.with("ann", new Identity("ann", null, 0, channels));
        Party party = new Party();
        failure(
                party.client
                        .connect("ann", null, Map.of(), result -> Frame.text("connected"))
                        .toCompletableFuture(),
                Disconnect.CHANNEL_LIMIT);
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void a_client_that_renews_is_who_its_new_token_says() {
        access.with("ann", new Identity("ann", "1", 60, Map.of()));
        access.with("ann, later", new Identity("ann", "2", 0, Map.of()));
        Party party = new Party();
        party.client.connect("ann", null, Map.of(), result -> Frame.text("connected"));
        assertThat(party.client.refresh("ann, later").toCompletableFuture()).isCompletedWithValue(0L);
        party.publish("1");
        History past = party.client
                .history("room", HistoryQuery.newest(1))
                .toCompletableFuture()
                .join();
        assertThat(past.publications())
                .extracting(Publication::publisher)
                .containsExactly(new ClientInfo(party.client.id(), "ann", "2", null));
        assertThat(party.client.refresh("ann").toCompletableFuture()).isCompletedWithValue(60L);
        assertThatThrownBy(() -> party.client.refresh("")).isInstanceOf(Disconnect.class);
    }

    @Test
    void a_publisher_does_not_take_others_out_itself() {
        Queue<Runnable> writers = new ArrayDeque<>();
        Hub own = new Hub(Nodes.of(Nodes.limits(100_000), engine, access, clock, writers::add, Runnable::run));
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = own.connect(transport, new Party());
        client.subscribe(new SubscribeRequest("room", "", RECOVERABLE, null, null, Echo.ON), result -> List.of());
        engine.lose(publication -> texts(List.of(publication)).contains("1"));
        client.publish("room", Payload.json("1"));
        client.publish("room", Payload.json("2"));
        assertThat(transport.sent()).isEmpty();
        writers.remove().run();
        assertThat(transport.sent()).containsExactly("unsubscribe room 2500");
    }

    @Test
    void a_protocol_that_breaks_on_a_publication_ends_its_own_clients_and_keeps_it_from_nobody_else() {
        Encoding sound = PlainEncoding.STEADY;
        Encoding breaking = (Encoding) Proxy.newProxyInstance(
                Encoding.class.getClassLoader(), new Class<?>[] {Encoding.class}, (self, method, arguments) -> {
                    if (method.getName().equals("publication")) {
                        throw new StackOverflowError("as the test wants it");
                    }
                    return method.invoke(sound, arguments);
                });
        Party before = new Party();
        Party broken = new Party(ScriptedTransport.inline(), hub, breaking);
        Party after = new Party();
        for (Party party : List.of(before, broken, after)) {
            party.subscribe(Set.of(), null);
        }
        new Party().publish("1");
        assertThat(before.sent()).containsExactly("subscribed", "1");
        assertThat(after.sent()).containsExactly("subscribed", "1");
        assertThat(broken.transport.closes()).containsExactly(Disconnect.INTERNAL_ERROR);
    }

    @Test
    void who_is_taken_out_while_it_catches_up_is_told_that_it_may_try_again() {
        Party party = new Party();
        engine.fallBehind();
        CompletableFuture<?> subscribed = party.subscribe(RECOVERABLE, null);
        party.client.unsubscribe("room", Unsubscribe.SERVER);
        engine.catchUp();
        failure(subscribed, ClientError.INTERNAL);
        assertThat(party.sent()).containsExactly("unsubscribe room 2000");
        assertThat(party.subscribe(RECOVERABLE, null)).isCompleted();
    }

    @Test
    void the_last_one_of_a_node_whose_connection_ends_is_announced_for_other_nodes_as_well() {
        List<String> told = new ArrayList<>();
        Engine telling = (Engine) Proxy.newProxyInstance(
                Engine.class.getClassLoader(), new Class<?>[] {Engine.class}, (self, method, arguments) -> {
                    told.add(method.getName());
                    return method.invoke(engine, arguments);
                });
        Hub own = new Hub(Nodes.of(Nodes.limits(100_000), telling, access, clock, Runnable::run, Runnable::run));
        Party last = new Party(ScriptedTransport.inline(), own);
        last.subscribe(Set.of(), null);
        last.client.closed(1006, "");
        assertThat(told).contains("announceJoin").endsWith("exit", "announceLeave");
    }
}
