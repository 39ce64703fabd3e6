package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.ClientSelector;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.PresenceStats;
import dev.switchboard.model.Publication;
import dev.switchboard.model.PublishOptions;
import dev.switchboard.model.SubscribeGrant;
import dev.switchboard.model.TokenId;
import dev.switchboard.model.Unsubscribe;
import dev.switchboard.protocol.CentrifugeProtocol;
import dev.switchboard.protocol.CentrifugeProtocol.Quota;
import dev.switchboard.protocol.RawProtocol;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** The calls of the application, as clients of the client protocol and raw clients see them. */
class ServerOperationsTest {

    private static final Instant FOREVER = Instant.MAX;
    private static final Instant NOON = Instant.parse("2020-01-01T12:00:00Z");

    private final FakeClock clock = new FakeClock();
    private final FaultyEngine engine = new FaultyEngine(Nodes.memory(clock));
    private final OpenAccess access = new OpenAccess().with("room", OpenAccess.EVERYTHING);
    private final Hub hub =
            new Hub(Nodes.of(Nodes.limits(1_000_000), engine, access, clock, Runnable::run, Runnable::run));
    private final ServerOperations backend = new ServerOperations(hub);

    /** A client of the client protocol; its token is its user. */
    private final class JsonClient {
        final ScriptedTransport transport = ScriptedTransport.inline();
        final Client client = hub.connect(transport, CentrifugeProtocol.json(new Quota(1000, 500, 100, 65_536), clock));

        JsonClient(String token) {
            send("{'connect':{'token':'" + token + "'},'id':1}");
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
                    .filter(line -> !line.contains("\"id\":"))
                    .map(line -> line.replace('"', '\''))
                    .toList();
        }
    }

    private int users() {
        return hub.info("uid", "name", Duration.ZERO).users();
    }

    private static Publication news(String json) {
        return Publication.ofServer(Payload.json(json), Map.of(), "");
    }

    private static <T> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private static String pushed(String data) {
        return "{'push':{'channel':'news','pub':{'data':" + data + "}}}";
    }

    @Test
    void a_publication_of_the_application_reaches_all_clients_without_a_publisher() {
        JsonClient ann = new JsonClient("ann").in("news");
        ScriptedTransport raw = ScriptedTransport.inline();
        hub.connect(raw, new RawProtocol("news", Map.of(), null));
        assertThat(now(backend.publish("news", news("1e2")))).isNull();
        assertThat(ann.heard()).containsExactly(pushed("1e2"));
        assertThat(raw.sent()).containsExactly("1e2");
    }

    @Test
    void a_publication_has_its_position_and_its_tags() {
        JsonClient ann = new JsonClient("ann").in("room");
        Position place =
                now(backend.publish("room", Publication.ofServer(Payload.json("1"), Map.of("lang", "\"de\""), "")));
        assertThat(place.offset()).isEqualTo(1);
        assertThat(ann.heard())
                .containsExactly("{'push':{'channel':'room','pub':{'data':1,'offset':1,'tags':{'lang':'\\'de\\''}}}}");
    }

    @Test
    void a_key_publishes_once() {
        JsonClient ann = new JsonClient("ann").in("room");
        Position first = now(backend.publish("room", news("1"), new PublishOptions("k", false)));
        assertThat(now(backend.publish("room", news("2"), new PublishOptions("k", false))))
                .isEqualTo(first);
        assertThat(ann.heard()).hasSize(1);
    }

    @Test
    void a_key_can_be_used_again_when_its_publication_failed() {
        engine.fail(new IllegalStateException("down"));
        assertThatThrownBy(() -> now(backend.publish("room", news("1"), new PublishOptions("k", false))))
                .isInstanceOf(CompletionException.class);
        engine.fail(null);
        assertThat(now(backend.publish("room", news("1"), new PublishOptions("k", false)))
                        .offset())
                .isEqualTo(1);
    }

    @Test
    void presence_and_history_are_not_available_when_the_channel_keeps_none() {
        assertThatThrownBy(() -> backend.presence("plain")).isEqualTo(ClientError.NOT_AVAILABLE);
        assertThatThrownBy(() -> backend.presenceStats("plain")).isEqualTo(ClientError.NOT_AVAILABLE);
        assertThatThrownBy(() -> backend.history("plain", HistoryQuery.POSITION))
                .isEqualTo(ClientError.NOT_AVAILABLE);
        assertThatThrownBy(() -> backend.removeHistory("plain")).isEqualTo(ClientError.NOT_AVAILABLE);
    }

    @Test
    void presence_and_history_show_clients_and_publications() {
        JsonClient ann = new JsonClient("ann").in("room");
        new JsonClient("ann").in("room");
        now(backend.publish("room", news("1")));
        now(backend.publish("room", news("2")));
        assertThat(now(backend.presence("room"))).hasSize(2).containsKey(ann.client.id());
        assertThat(now(backend.presenceStats("room"))).isEqualTo(new PresenceStats(2, 1));
        assertThat(now(backend.history("room", HistoryQuery.newest(1))).publications())
                .hasSize(1);
        now(backend.removeHistory("room"));
        assertThat(now(backend.history("room", HistoryQuery.newest(1))).publications())
                .isEmpty();
        assertThat(now(backend.channels(ChannelPattern.ALL))).containsOnly(Map.entry("room", 2));
        assertThat(users()).isEqualTo(1);
    }

    @Test
    void all_clients_of_a_user_are_subscribed_once_and_told() {
        JsonClient first = new JsonClient("ann");
        JsonClient second = new JsonClient("ann").in("news");
        JsonClient bob = new JsonClient("bob");
        now(backend.subscribe(ClientSelector.user("ann"), "news", SubscribeGrant.PLAIN, null));
        now(backend.subscribe(ClientSelector.user("ann"), "news", SubscribeGrant.PLAIN, null));
        now(backend.publish("news", news("1")));
        assertThat(first.heard()).containsExactly("{'push':{'channel':'news','subscribe':{}}}", pushed("1"));
        assertThat(second.heard()).containsExactly(pushed("1"));
        assertThat(bob.heard()).isEmpty();
    }

    @Test
    void one_client_is_subscribed_and_unsubscribed_by_its_id() {
        JsonClient first = new JsonClient("ann");
        JsonClient second = new JsonClient("ann");
        now(backend.subscribe(new ClientSelector("", first.client.id()), "news", SubscribeGrant.PLAIN, null));
        now(backend.subscribe(
                new ClientSelector("bob", second.client.id()),
                "news",
                SubscribeGrant.PLAIN,
                null)); // the client is not bob's
        assertThat(now(backend.channels(ChannelPattern.ALL))).containsOnly(Map.entry("news", 1));
        now(backend.unsubscribe(new ClientSelector("ann", first.client.id()), "news", Unsubscribe.SERVER));
        assertThat(now(backend.channels(ChannelPattern.ALL))).isEmpty();
        assertThat(first.heard())
                .contains("{'push':{'channel':'news','unsubscribe':{'code':2000,'reason':'server unsubscribe'}}}");
    }

    @Test
    void a_raw_client_is_disconnected_for_good_when_it_is_unsubscribed() {
        ScriptedTransport raw = ScriptedTransport.inline();
        Client client = hub.connect(raw, new RawProtocol("news", Map.of(), null));
        ClientSelector selector = new ClientSelector("", client.id());
        now(backend.subscribe(selector, "other", SubscribeGrant.PLAIN, null));
        assertThat(now(backend.channels(ChannelPattern.ALL))).containsOnlyKeys("news");
        now(backend.unsubscribe(selector, "news", Unsubscribe.SERVER));
        assertThat(raw.closes()).containsExactly(Disconnect.FORCED);
    }

    @Test
    void a_selector_is_refused_when_it_is_empty() {
        assertThatThrownBy(() -> new ClientSelector("", "")).isEqualTo(ClientError.BAD_REQUEST);
    }

    @Test
    void all_clients_of_a_user_are_disconnected() {
        JsonClient first = new JsonClient("ann");
        JsonClient second = new JsonClient("ann");
        JsonClient bob = new JsonClient("bob");
        backend.disconnect(ClientSelector.user("ann"), Set.of(), Disconnect.FORCED);
        assertThat(first.transport.closes()).containsExactly(Disconnect.FORCED);
        assertThat(second.transport.closes()).containsExactly(Disconnect.FORCED);
        assertThat(bob.client.isEnded()).isFalse();
        assertThat(users()).isEqualTo(1);
        bob.client.closed(1000, "");
        assertThat(users()).isZero();
    }

    @Test
    void a_client_is_told_when_its_connection_is_extended() {
        JsonClient ann = new JsonClient("ann");
        backend.refresh(ClientSelector.user("ann"), 60, null);
        assertThat(ann.heard()).containsExactly("{'push':{'refresh':{'expires':true,'ttl':60}}}");
    }

    @Test
    void a_blocked_user_is_refused_until_it_is_unblocked() {
        JsonClient ann = new JsonClient("ann");
        backend.block("ann", FOREVER);
        assertThat(ann.transport.closes()).containsExactly(Disconnect.FORCED);
        assertThat(new JsonClient("ann").transport.closes()).containsExactly(Disconnect.FORCED);
        assertThat(new JsonClient("bob").client.isEnded()).isFalse();
        backend.unblock("ann");
        assertThat(new JsonClient("ann").client.isEnded()).isFalse();
    }

    @Test
    void a_block_ends_when_its_time_is_over() {
        backend.block("ann", Instant.EPOCH);
        assertThat(new JsonClient("ann").client.isEnded()).isFalse();
    }

    private Identity ann(String id, Instant issued) {
        return new Identity("ann", null, 600, Map.of(), Set.of(), new TokenId(id, issued));
    }

    @Test
    void a_revoked_token_ends_its_connections_and_is_refused() {
        access.with("t1", ann("1", NOON)).with("t2", ann("2", NOON));
        JsonClient first = new JsonClient("t1");
        JsonClient second = new JsonClient("t2");
        backend.revoke("1", FOREVER);
        assertThat(first.transport.closes()).containsExactly(Disconnect.INVALID_TOKEN);
        assertThat(second.client.isEnded()).isFalse();
        assertThat(new JsonClient("t1").transport.closes()).containsExactly(Disconnect.INVALID_TOKEN);
        second.send("{'refresh':{'token':'t1'},'id':3}");
        assertThat(second.transport.closes()).containsExactly(Disconnect.INVALID_TOKEN);
    }

    @Test
    void old_and_undated_tokens_are_refused_when_they_are_revoked_by_time() {
        access.with("old", ann("", NOON.minusSeconds(1)))
                .with("new", ann("", NOON))
                .with("undated", new Identity("ann", null, 0, Map.of(), Set.of(), new TokenId("", null)));
        JsonClient old = new JsonClient("old");
        JsonClient fresh = new JsonClient("new");
        JsonClient undated = new JsonClient("undated");
        JsonClient login = new JsonClient("ann"); // without a token
        backend.revokeIssuedBefore("ann", NOON, FOREVER);
        assertThat(old.transport.closes()).containsExactly(Disconnect.INVALID_TOKEN);
        assertThat(undated.transport.closes()).containsExactly(Disconnect.INVALID_TOKEN);
        assertThat(fresh.client.isEnded()).isFalse();
        assertThat(login.client.isEnded()).isFalse();
    }

    @Test
    void a_revoked_subscription_token_ends_its_subscription_and_is_refused() {
        access.with("ticket", new SubscribeGrant(null, null, 600, new TokenId("7", null)));
        JsonClient ann = new JsonClient("ann");
        ann.send("{'subscribe':{'channel':'news','token':'ticket'},'id':2}");
        ann.in("room");
        backend.revoke("7", FOREVER);
        assertThat(now(backend.channels(ChannelPattern.ALL))).containsOnlyKeys("room");
        assertThat(ann.heard())
                .containsExactly(
                        "{'push':{'channel':'news','unsubscribe':{'code':2501,'reason':'subscription expired'}}}");
        ann.send("{'subscribe':{'channel':'news','token':'ticket'},'id':3}");
        assertThat(ann.transport.sent()).last().asString().contains("\"code\":103");
        assertThat(now(backend.channels(ChannelPattern.ALL))).containsOnlyKeys("room");
    }

    @Test
    void a_connecting_user_is_disconnected_when_it_is_blocked_meanwhile() {
        access.answerLater();
        JsonClient ann = new JsonClient("ann");
        backend.block("ann", FOREVER);
        assertThat(ann.client.isEnded()).isFalse();
        access.answer();
        assertThat(ann.transport.closes()).containsExactly(Disconnect.FORCED);
        assertThat(users()).isZero();
    }
}
