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

/** Joining and leaving, in every order of events. */
class SubscriptionsTest extends HubClients {

    @Test
    void a_client_has_left_presence_when_its_unsubscribe_completes() {
        TestClient stays = new TestClient();
        stays.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        TestClient goes = new TestClient();
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
    void a_client_leaves_its_channels_when_it_ends() {
        TestClient stays = new TestClient();
        stays.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        TestClient goes = new TestClient();
        goes.subscribe(Set.of(), null);
        goes.client.closed(1006, "");
        assertThat(stays.sent()).endsWith("leave ");
        assertThat(stays.client.presenceStats("room").toCompletableFuture().join())
                .isEqualTo(new PresenceStats(1, 1));
    }

    @Test
    void a_client_leaves_nothing_when_it_ends_while_it_subscribes() {
        TestClient stays = new TestClient();
        stays.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        TestClient goes = new TestClient();
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
    void a_subscribe_fails_and_leaves_nothing_when_the_engine_fails() {
        TestClient subscriber = new TestClient();
        IllegalStateException down = new IllegalStateException("down");
        engine.fail(down);
        failure(subscriber.subscribe(RECOVERABLE, null), down);
        engine.fail(null);
        assertThat(subscriber.subscribe(RECOVERABLE, null)).isCompleted();
        assertThat(subscriber.sent()).containsExactly("subscribed");
    }

    @Test
    void a_subscribe_is_refused_when_it_is_one_too_many_or_the_second() {
        TestClient subscriber = new TestClient();
        for (int i = 0; i < 128; i++) {
            subscriber.subscribe(new SubscribeRequest("c" + i, "", Set.of(), null, null, Echo.ON));
        }
        assertThatThrownBy(() -> subscriber.subscribe(Set.of(), null)).isEqualTo(ClientError.LIMIT_EXCEEDED);
        assertThatThrownBy(() -> subscriber.subscribe(new SubscribeRequest("c1", "", Set.of(), null, null, Echo.ON)))
                .isEqualTo(ClientError.ALREADY_SUBSCRIBED);
        subscriber.client.unsubscribe("c1");
        assertThat(subscriber.subscribe(Set.of(), null)).isCompleted();
    }

    @Test
    void channels_of_a_token_are_subscribed_when_the_client_connects() {
        access.with(
                "ann",
                new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN, "news", SubscribeGrant.PLAIN)));
        TestClient subscriber = new TestClient();
        List<ConnectResult> results = new ArrayList<>();
        assertThat(subscriber.client.connect("ann", null, Map.of(), result -> {
                    results.add(result);
                    return Frame.text("connected");
                }))
                .isCompleted();
        new TestClient().publish("1");
        assertThat(results).singleElement().satisfies(result -> {
            assertThat(result.subscriptions()).containsOnlyKeys("room", "news");
            assertThat(result.subscriptions().get("room"))
                    .satisfies(room -> assertThat(Objects.requireNonNull(room).recoverable())
                            .isTrue());
        });
        assertThat(subscriber.sent()).containsExactly("connected", "1");
    }

    @Test
    void a_client_is_in_no_channel_when_its_connect_fails() {
        access.with("ann", new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN)));
        TestClient subscriber = new TestClient();
        engine.fail(new IllegalStateException("down"));
        assertThat(subscriber.client.connect("ann", null, Map.of(), result -> Frame.text("connected")))
                .isCompletedExceptionally();
        engine.fail(null);
        assertThat(hub.channelCount()).isZero();
        assertThat(subscriber.sent()).isEmpty();
    }

    @Test
    @Row("A2")
    void a_client_is_disconnected_when_a_subscription_of_the_server_expires() {
        access.with("ann", new Identity("ann", null, 60, Map.of()));
        TestClient subscriber = new TestClient();
        subscriber.client.connect("ann", null, Map.of(), result -> Frame.text("connected"));
        subscriber.client.subscribe("room", new SubscribeGrant(null, null, 10), null);
        TestClient other = new TestClient();
        other.client.subscribe("room", SubscribeGrant.PLAIN, null);
        clock.advance(Duration.ofSeconds(35));
        hub.check();
        assertThat(subscriber.transport.closes()).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        hub.check();
        assertThat(subscriber.transport.closes()).containsExactly(Disconnect.SUBSCRIPTION_EXPIRED);
        assertThat(other.transport.closes()).isEmpty();
    }

    @Test
    void a_later_subscription_stays_when_the_server_ends_the_one_before() {
        Queue<Runnable> writers = new ArrayDeque<>();
        Hub own = new Hub(Nodes.of(Nodes.limits(100_000), engine, access, clock, writers::add, Runnable::run));
        TestClient subscriber = new TestClient(ScriptedTransport.inline(), own);
        subscriber.subscribe(RECOVERABLE, null);
        engine.bring("room", new Publication(Payload.json("1"), null, new Position("other", 7)));
        Runnable takeOut = writers.remove();
        assertThat(subscriber.client.unsubscribe("room")).isCompleted();
        assertThat(subscriber.subscribe(RECOVERABLE, null)).isCompleted();
        takeOut.run();
        assertThat(engine.presence("room").toCompletableFuture().join()).containsOnlyKeys(subscriber.client.id());
        assertThat(subscriber.sent()).containsExactly("subscribed", "subscribed");
    }

    @Test
    void a_grant_holds_when_it_is_longer_than_the_clock() {
        access.with("ann", new Identity("ann", null, 99_999_999_999L, Map.of()));
        TestClient subscriber = new TestClient();
        assertThat(subscriber.client.connect("ann", null, Map.of(), result -> Frame.text("connected")))
                .isCompleted();
        assertThat(subscriber.client.subscribe("room", new SubscribeGrant(null, null, 99_999_999_999L), null))
                .isCompleted();
        hub.check();
        assertThat(subscriber.transport.closes()).isEmpty();
    }

    @Test
    void the_leave_is_announced_last_when_a_client_leaves_during_its_join() {
        TestClient stays = new TestClient();
        stays.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        ScriptedTransport transport = ScriptedTransport.inline();
        TestClient goes = new TestClient(transport);
        transport.follow((frame, completion) -> {
            completion.completed(null);
            goes.client.unsubscribe("room");
        });
        goes.subscribe(Set.of(), null);
        assertThat(stays.sent()).contains("join ").endsWith("leave ");
        assertThat(stays.client.presence("room").toCompletableFuture().join()).containsOnlyKeys(stays.client.id());
    }

    @Test
    void a_client_leaves_nothing_when_it_ends_before_it_enters_presence() {
        TestClient stays = new TestClient();
        TestClient goes = new TestClient();
        engine.enterLater();
        goes.subscribe(Set.of(), null);
        goes.client.closed(1006, "");
        engine.catchUp();
        assertThat(stays.client.presence("room").toCompletableFuture().join()).isEmpty();
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void a_client_leaves_all_channels_of_its_token_when_one_fails() {
        access.with(
                "ann",
                new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN, "plain", SubscribeGrant.PLAIN)));
        TestClient subscriber = new TestClient();
        engine.fail(new IllegalStateException("down"));
        assertThat(subscriber.client.connect("ann", null, Map.of(), result -> Frame.text("connected")))
                .isCompletedExceptionally();
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void a_client_gets_no_joins_when_it_may_not_read_presence() {
        access.deny(AccessPolicy.Right.PRESENCE);
        TestClient subscriber = new TestClient();
        subscriber.subscribe(Set.of(Wish.JOIN_LEAVE), null);
        new TestClient().subscribe(Set.of(), null);
        assertThat(subscriber.sent()).containsExactly("subscribed");
    }

    @Test
    void a_subscribe_is_refused_until_the_client_has_left_the_channel() {
        TestClient subscriber = new TestClient();
        subscriber.subscribe(Set.of(), null);
        engine.fallBehind();
        CompletableFuture<?> left = subscriber.client.unsubscribe("room").toCompletableFuture();
        assertThatThrownBy(() -> subscriber.subscribe(Set.of(), null)).isEqualTo(ClientError.ALREADY_SUBSCRIBED);
        engine.catchUp();
        assertThat(left).isCompleted();
        assertThat(subscriber.subscribe(Set.of(), null)).isCompleted();
    }

    @Test
    void a_client_gets_no_unsubscribe_push_when_it_is_leaving() {
        TestClient subscriber = new TestClient();
        subscriber.subscribe(Set.of(), null);
        engine.fallBehind();
        subscriber.client.unsubscribe("room");
        subscriber.client.unsubscribe("room", Unsubscribe.SERVER);
        engine.catchUp();
        assertThat(subscriber.sent()).containsExactly("subscribed");
    }

    @Test
    void a_subscription_does_not_expire_when_it_is_renewed_for_ever() {
        TestClient subscriber = new TestClient();
        subscriber.client.subscribe("room", new SubscribeGrant(null, null, 10), null);
        assertThat(subscriber.client.refresh("room", "token").toCompletableFuture())
                .isCompletedWithValue(0L);
        clock.advance(Duration.ofMinutes(1));
        hub.check();
        assertThat(subscriber.transport.closes()).isEmpty();
    }

    @Test
    void the_connect_reply_comes_before_publications_of_the_meantime() {
        access.with("ann", new Identity("ann", null, 0, Map.of("room", SubscribeGrant.PLAIN)));
        TestClient subscriber = new TestClient();
        engine.fallBehind();
        CompletableFuture<?> connected = subscriber
                .client
                .connect("ann", null, Map.of(), result -> Frame.text("connected"))
                .toCompletableFuture();
        engine.bring("room", unplaced("1"));
        engine.catchUp();
        assertThat(connected).isCompleted();
        assertThat(String.join("|", subscriber.sent())).isEqualTo("connected|1");
    }

    @Test
    void presence_is_refused_and_its_numbers_are_not_when_it_has_over_a_thousand_clients() {
        TestClient subscriber = new TestClient();
        IntStream.range(0, 1000).forEach(i -> engine.enter("room", new ClientInfo("c" + i, "", null, null)));
        assertThat(subscriber.client.presence("room").toCompletableFuture().join())
                .hasSize(1000);
        engine.enter("room", new ClientInfo("c1000", "", null, null));
        failure(subscriber.client.presence("room").toCompletableFuture(), ClientError.LIMIT_EXCEEDED);
        assertThat(subscriber.client.presenceStats("room").toCompletableFuture().join())
                .isEqualTo(new PresenceStats(1001, 1));
    }

    @Test
    void a_connect_is_refused_when_its_token_names_too_many_channels() {
        Map<String, SubscribeGrant> channels =
                IntStream.range(0, 129).boxed().collect(Collectors.toMap(i -> "c" + i, i -> SubscribeGrant.PLAIN));
        access.with("ann", new Identity("ann", null, 0, channels));
        TestClient subscriber = new TestClient();
        failure(
                subscriber
                        .client
                        .connect("ann", null, Map.of(), result -> Frame.text("connected"))
                        .toCompletableFuture(),
                Disconnect.CHANNEL_LIMIT);
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void a_client_has_the_info_of_its_new_token_when_it_refreshes() {
        access.with("ann", new Identity("ann", "1", 60, Map.of()));
        access.with("ann, later", new Identity("ann", "2", 0, Map.of()));
        TestClient subscriber = new TestClient();
        subscriber.client.connect("ann", null, Map.of(), result -> Frame.text("connected"));
        assertThat(subscriber.client.refresh("ann, later").toCompletableFuture())
                .isCompletedWithValue(0L);
        subscriber.publish("1");
        History past = subscriber
                .client
                .history("room", HistoryQuery.newest(1))
                .toCompletableFuture()
                .join();
        assertThat(past.publications())
                .extracting(Publication::publisher)
                .containsExactly(new ClientInfo(subscriber.client.id(), "ann", "2", null));
        assertThat(subscriber.client.refresh("ann").toCompletableFuture()).isCompletedWithValue(60L);
        assertThatThrownBy(() -> subscriber.client.refresh("")).isInstanceOf(Disconnect.class);
    }

    @Test
    void a_publisher_unsubscribes_no_other_client_on_its_thread() {
        Queue<Runnable> writers = new ArrayDeque<>();
        Hub own = new Hub(Nodes.of(Nodes.limits(100_000), engine, access, clock, writers::add, Runnable::run));
        ScriptedTransport transport = ScriptedTransport.inline();
        Client client = own.connect(transport, new TestClient());
        client.subscribe(new SubscribeRequest("room", "", RECOVERABLE, null, null, Echo.ON), result -> List.of());
        engine.lose(publication -> texts(List.of(publication)).contains("1"));
        client.publish("room", Payload.json("1"));
        client.publish("room", Payload.json("2"));
        assertThat(transport.sent()).isEmpty();
        writers.remove().run();
        assertThat(transport.sent()).containsExactly("unsubscribe room 2500");
    }

    @Test
    void an_encoding_ends_its_own_client_alone_when_it_throws() {
        Encoding sound = PlainEncoding.STEADY;
        Encoding breaking = (Encoding) Proxy.newProxyInstance(
                Encoding.class.getClassLoader(), new Class<?>[] {Encoding.class}, (self, method, arguments) -> {
                    if (method.getName().equals("publication")) {
                        throw new StackOverflowError("as the test says");
                    }
                    return method.invoke(sound, arguments);
                });
        TestClient before = new TestClient();
        TestClient broken = new TestClient(ScriptedTransport.inline(), hub, breaking);
        TestClient after = new TestClient();
        for (TestClient subscriber : List.of(before, broken, after)) {
            subscriber.subscribe(Set.of(), null);
        }
        new TestClient().publish("1");
        assertThat(before.sent()).containsExactly("subscribed", "1");
        assertThat(after.sent()).containsExactly("subscribed", "1");
        assertThat(broken.transport.closes()).containsExactly(Disconnect.INTERNAL_ERROR);
    }

    @Test
    void a_subscribe_fails_when_the_server_unsubscribes_the_client_meanwhile() {
        TestClient subscriber = new TestClient();
        engine.fallBehind();
        CompletableFuture<?> subscribed = subscriber.subscribe(RECOVERABLE, null);
        subscriber.client.unsubscribe("room", Unsubscribe.SERVER);
        engine.catchUp();
        failure(subscribed, ClientError.INTERNAL);
        assertThat(subscriber.sent()).containsExactly("unsubscribe room 2000");
        assertThat(subscriber.subscribe(RECOVERABLE, null)).isCompleted();
    }

    @Test
    void a_leave_is_announced_when_the_last_client_of_a_node_ends() {
        List<String> told = new ArrayList<>();
        Engine telling = (Engine) Proxy.newProxyInstance(
                Engine.class.getClassLoader(), new Class<?>[] {Engine.class}, (self, method, arguments) -> {
                    told.add(method.getName());
                    return method.invoke(engine, arguments);
                });
        Hub own = new Hub(Nodes.of(Nodes.limits(100_000), telling, access, clock, Runnable::run, Runnable::run));
        TestClient last = new TestClient(ScriptedTransport.inline(), own);
        last.subscribe(Set.of(), null);
        last.client.closed(1006, "");
        assertThat(told).contains("announceJoin").endsWith("exit", "announceLeave");
    }
}
