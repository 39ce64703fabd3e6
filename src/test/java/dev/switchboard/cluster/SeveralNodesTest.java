package dev.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.api.Event;
import dev.switchboard.embedded.RelaySwitchboard;
import dev.switchboard.failure.Row;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.hub.ServerOperations;
import dev.switchboard.limits.Calls;
import dev.switchboard.limits.EventLog;
import dev.switchboard.model.ChannelEvent;
import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.protocol.RawProtocol;
import dev.switchboard.protocol.ServerApi;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that the operations of the application mean the clients of all nodes. */
class SeveralNodesTest {

    private final FakeClock clock = new FakeClock();
    private final SharedEngine engine = new SharedEngine(clock);
    private final OpenAccess access = new OpenAccess().with("room", OpenAccess.EVERYTHING);
    private final HubNode here = new HubNode("here");
    private final HubNode there = new HubNode("there");

    /** A node with clients. */
    private final class HubNode {
        final SharedEngine.Connection connection = engine.connect();
        final ChannelCluster cluster;
        final Hub hub;
        final ServerOperations operations;
        final ServerApi api;

        HubNode(String uid) {
            cluster = new ChannelCluster(connection, uid, clock, Runnable::run);
            hub = new Hub(Nodes.in(cluster, cluster.engine(), access, clock));
            operations = new ServerOperations(hub);
            cluster.start(operations.local(), () -> hub.info(uid, uid, Duration.ZERO));
            api = new ServerApi(
                    operations,
                    () -> cluster.others(),
                    InstantSource.system(),
                    Duration.ofDays(1),
                    1_000,
                    new Calls(),
                    new EventLog(Runnable::run, clock, EventLog.Format.TEXT));
        }

        JsonClient client(String user) {
            return new JsonClient(hub, user);
        }

        String call(String method, String json) {
            return api.call(method, json.replace('\'', '"'), (name, channel) -> true)
                    .toCompletableFuture()
                    .join()
                    .json();
        }
    }

    /** A client of the client protocol; its token is its user. */
    private final class JsonClient {
        final ScriptedTransport transport = ScriptedTransport.inline();
        final Client client;

        JsonClient(Hub hub, String user) {
            client = hub.connect(transport, CentrifugeProtocol.json(new Quota(1000, 500, 100, 65_536), clock));
            send("{'connect':{'token':'" + user + "'},'id':1}");
        }

        final void send(String command) {
            client.receive(Frame.text(command.replace('\'', '"')));
        }

        JsonClient in(String channel) {
            send("{'subscribe':{'channel':'" + channel + "'},'id':2}");
            return this;
        }

        List<String> heard() {
            return transport.sent().stream()
                    .flatMap(frame -> Arrays.stream(frame.split("\n", -1)))
                    .map(line -> line.replace('"', '\''))
                    .toList();
        }

        String last() {
            List<String> heard = heard();
            return heard.get(heard.size() - 1);
        }
    }

    private static <T> T now(CompletionStage<T> stage) {
        assertThat(stage.toCompletableFuture()).isDone();
        return stage.toCompletableFuture().join();
    }

    private static Publication news(String json) {
        return Publication.ofServer(Payload.json(json), Map.of(), "");
    }

    @Test
    void a_publication_reaches_clients_of_both_nodes() {
        JsonClient ann = here.client("ann").in("news");
        JsonClient bob = there.client("bob").in("news");
        now(here.operations.publish("news", news("1")));
        String push = "{'push':{'channel':'news','pub':{'data':1}}}";
        assertThat(ann.last()).isEqualTo(push);
        assertThat(bob.last()).isEqualTo(push);
    }

    @Test
    void a_user_is_disconnected_on_all_nodes_except_the_clients_that_are_excepted() {
        JsonClient first = here.client("ann");
        JsonClient second = there.client("ann");
        JsonClient excepted = there.client("ann");
        JsonClient bob = there.client("bob");
        Disconnect reason = new Disconnect(4_100, "away with \"you\"");
        now(here.operations.disconnect(ClientSelector.user("ann"), Set.of(excepted.client.id()), reason));
        assertThat(first.transport.closes()).containsExactly(reason);
        assertThat(second.transport.closes()).containsExactly(reason);
        assertThat(excepted.transport.closes()).isEmpty();
        assertThat(bob.transport.closes()).isEmpty();
    }

    @Test
    void a_client_of_another_node_is_subscribed_with_its_data_and_recovers() {
        JsonClient ann = there.client("ann");
        Position first = now(here.operations.publish("room", news("1")));
        now(here.operations.publish("room", news("2")));
        now(here.operations.subscribe(
                new ClientSelector("ann", ann.client.id()),
                "room",
                new SubscribeGrant("{\"i\":1}", "{\"d\":2}", 0),
                first));
        assertThat(ann.heard())
                .anySatisfy(line -> assertThat(line).contains("'subscribe':{", "'data':{'d':2}"))
                .anySatisfy(line -> assertThat(line).contains("'data':2,'offset':2"));
        assertThat(now(here.operations.presence("room")))
                .hasEntrySatisfying(
                        ann.client.id(), info -> assertThat(info.chanInfo()).isEqualTo("{\"i\":1}"));
    }

    @Test
    void a_client_of_another_node_is_unsubscribed_and_may_follow_a_subscribe_at_once() {
        JsonClient ann = there.client("ann");
        ClientSelector selector = ClientSelector.user("ann");
        here.operations.subscribe(selector, "room", SubscribeGrant.PLAIN, null);
        now(here.operations.unsubscribe(selector, "room", new Unsubscribe(2_100, "enough")));
        assertThat(ann.last()).isEqualTo("{'push':{'channel':'room','unsubscribe':{'code':2100,'reason':'enough'}}}");
        assertThat(now(here.operations.presence("room"))).isEmpty();
    }

    @Test
    void a_connection_of_another_node_is_refreshed() {
        JsonClient ann = there.client("ann");
        now(here.operations.refresh(ClientSelector.user("ann"), 60, null));
        assertThat(ann.last()).isEqualTo("{'push':{'refresh':{'expires':true,'ttl':60}}}");
    }

    @Test
    @Row("K3")
    void a_user_who_came_back_before_the_old_connection_ended_is_one_user_with_two_clients() {
        JsonClient old = here.client("ann").in("room");
        JsonClient next = there.client("ann").in("room");
        assertThat(next.client.id()).isNotEqualTo(old.client.id());
        assertThat(stats()).isEqualTo("{\"result\":{\"num_clients\":2,\"num_users\":1}}");
        old.client.closed(1006, "");
        assertThat(stats()).isEqualTo("{\"result\":{\"num_clients\":1,\"num_users\":1}}");
        assertThat(now(there.operations.presence("room"))).containsOnlyKeys(next.client.id());
        old.client.closed(1006, "");
        next.client.closed(1006, "");
        assertThat(stats()).isEqualTo("{\"result\":{\"num_clients\":0,\"num_users\":0}}");
    }

    private String stats() {
        return here.call("presence_stats", "{'channel':'room'}");
    }

    @Test
    @Row("K7")
    void the_presence_is_right_when_a_join_is_lost_and_a_leave_comes_late() {
        JsonClient bob = there.client("bob");
        bob.send("{'subscribe':{'channel':'room','join_leave':true},'id':2}");
        there.connection.lose((channel, publication) -> publication == null);
        JsonClient ann = here.client("ann").in("room");
        assertThat(now(there.operations.presence("room"))).containsOnlyKeys(ann.client.id(), bob.client.id());
        there.connection.lose((channel, publication) -> false);
        there.connection.hold();
        ann.client.closed(1000, "");
        assertThat(now(there.operations.presence("room"))).containsOnlyKeys(bob.client.id());
        assertThat(bob.heard()).noneMatch(line -> line.contains("'ann'"));
        there.connection.release();
        assertThat(bob.last()).contains("'leave':{'info':{'user':'ann'");
    }

    @Test
    void an_operation_fails_while_the_engine_is_down_but_serves_the_clients_of_this_node() {
        JsonClient first = here.client("ann");
        JsonClient second = there.client("ann");
        here.connection.fail(ClientError.INTERNAL);
        CompletionStage<?> disconnect =
                here.operations.disconnect(ClientSelector.user("ann"), Set.of(), Disconnect.FORCED);
        assertFails(disconnect.toCompletableFuture(), ClientError.INTERNAL);
        assertThat(first.transport.closes()).hasSize(1);
        assertThat(second.transport.closes()).isEmpty();
        assertThat(here.call("disconnect", "{'user':'ann'}")).contains("\"code\":100");
    }

    @Test
    void the_api_carries_out_each_method_on_all_nodes() {
        JsonClient ann = there.client("ann");
        assertThat(here.call("subscribe", "{'user':'ann','channel':'news'}")).isEqualTo("{\"result\":{}}");
        assertThat(ann.last()).contains("'subscribe'");
        assertThat(here.call("channels", "{}")).isEqualTo("{\"result\":{\"channels\":{\"news\":{\"num_clients\":1}}}}");
        assertThat(here.call("refresh", "{'user':'ann'}")).isEqualTo("{\"result\":{}}");
        assertThat(ann.last()).contains("'refresh'");
        assertThat(here.call("info", "{}")).contains("\"uid\":\"there\"", "\"num_clients\":0");
        assertThat(here.call("unsubscribe", "{'user':'ann','channel':'news'}")).isEqualTo("{\"result\":{}}");
        assertThat(ann.last()).contains("'unsubscribe'");
        assertThat(here.call("refresh", "{'user':'ann','expired':true}")).isEqualTo("{\"result\":{}}");
        assertThat(ann.transport.closes()).containsExactly(Disconnect.EXPIRED);
    }

    @Test
    void the_channels_of_all_nodes_are_summed() {
        here.client("ann").in("news").in("room");
        there.client("bob").in("news");
        there.client("carl").in("news");
        assertThat(now(here.operations.channels(ChannelPattern.ALL))).isEqualTo(Map.of("news", 3, "room", 1));
        assertThat(now(there.operations.channels(ChannelPattern.of("n*")))).isEqualTo(Map.of("news", 3));
    }

    static List<String> internal() {
        return List.of(
                InternalChannels.name("operations"),
                InternalChannels.name("nodes"),
                Questions.channel("there"),
                "\u0001");
    }

    private static void assertRefused(CompletionStage<?> stage) {
        assertFails(stage.toCompletableFuture(), ClientError.UNKNOWN_CHANNEL);
    }

    @ParameterizedTest
    @MethodSource("internal")
    void the_application_cannot_name_an_internal_channel(String name) {
        access.with(name, OpenAccess.EVERYTHING);
        assertRefused(here.operations.publish(name, news("1")));
        assertRefused(here.operations.publish(name, news("1"), new PublishOptions("key", false)));
        assertRefused(here.operations.history(name, HistoryQuery.newest(10)));
        assertRefused(here.operations.removeHistory(name));
        assertRefused(here.operations.presence(name));
        JsonClient ann = here.client("ann");
        assertRefused(here.operations.subscribe(ClientSelector.user("ann"), name, SubscribeGrant.PLAIN, null));
        assertThat(now(here.operations.channels(ChannelPattern.ALL))).isEmpty();
        assertThat(ann.heard()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("internal")
    void the_java_api_cannot_name_an_internal_channel(String name) {
        here.client("bob").in("news"); // so that the node observes its events
        List<Object> observed = new CopyOnWriteArrayList<>();
        RelaySwitchboard switchboard = new RelaySwitchboard(here.hub, here.operations, 1_000);
        switchboard.observe(name, Event.class, observed::add);
        switchboard.observeAll(Event.class, observed::add);
        here.hub.observe(ChannelEvent.class::isInstance, observed::add);
        assertThat(switchboard
                        .publish(name, dev.switchboard.api.Payload.json("1"))
                        .toCompletableFuture())
                .isCompletedExceptionally();
        now(there.operations.disconnect(ClientSelector.user("ann"), Set.of(), Disconnect.FORCED));
        there.cluster.check();
        now(there.operations.channels(ChannelPattern.ALL));
        now(there.operations.publish("news", news("1")));
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> observed.size() >= 2);
        assertThat(observed)
                .hasSize(2)
                .allSatisfy(event -> assertThat(event.toString()).contains("news"));
    }

    @ParameterizedTest
    @MethodSource("internal")
    void the_server_api_cannot_name_an_internal_channel(String name) {
        String json = "'channel':'" + name.replace("\u0001", "\\u0001") + "'";
        for (String call : List.of("publish", "history", "history_remove", "presence", "presence_stats")) {
            assertThat(here.call(call, "{" + json + (call.equals("publish") ? ",'data':1" : "") + "}"))
                    .contains("\"code\":107");
        }
        assertThat(here.call("subscribe", "{'user':'ann'," + json + "}")).contains("\"code\":107");
        assertThat(here.call("unsubscribe", "{'user':'ann'," + json + "}")).contains("\"code\":107");
        assertThat(here.call("broadcast", "{'data':1,'channels':['" + name.replace("\u0001", "\\u0001") + "']}"))
                .contains("\"code\":107");
    }

    @ParameterizedTest
    @MethodSource("internal")
    void a_client_cannot_name_an_internal_channel(String name) {
        String escaped = name.replace("\u0001", "\\u0001");
        for (String verb : List.of("subscribe", "publish", "history", "presence", "presence_stats")) {
            JsonClient ann = here.client("ann");
            ann.send("{'" + verb + "':{'channel':'" + escaped + "'" + (verb.equals("publish") ? ",'data':1" : "")
                    + "},'id':2}");
            assertThat(ann.heard().size() > 1 && ann.last().contains("'error'")
                            || !ann.transport.closes().isEmpty())
                    .as(verb)
                    .isTrue();
        }
        ScriptedTransport raw = ScriptedTransport.inline();
        here.hub.connect(raw, new RawProtocol(name, Map.of(), null));
        assertThat(raw.closes()).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("internal")
    void a_token_or_a_hook_cannot_name_an_internal_channel(String name) {
        access.with("token", new Identity("ann", null, 0, Map.of(name, SubscribeGrant.PLAIN)));
        JsonClient ann = here.client("token");
        assertThat(ann.last()).contains("'error':{'code':102");
        assertThat(here.hub.channelCount()).isZero();
    }

    @Test
    void a_name_with_another_character_of_its_kind_is_a_channel_as_before() {
        CompletableFuture<?> published =
                here.operations.publish("\u0002", news("1")).toCompletableFuture();
        assertThat(published).isCompleted();
    }

    private static void assertFails(CompletableFuture<?> stage, ClientError expected) {
        assertThat(stage).isCompletedExceptionally();
        assertThatThrownBy(stage::join).hasCause(expected);
    }
}
