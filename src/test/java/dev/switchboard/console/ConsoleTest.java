package dev.switchboard.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.access.ChannelRule;
import dev.switchboard.access.ChannelRules;
import dev.switchboard.access.Grantee.Group;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.json.JsonObject;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Identity;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Peer;
import dev.switchboard.model.Publication;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests what operators see of a relay. */
class ConsoleTest {

    private static final ChannelRule KEPT = new ChannelRule(
            null,
            Group.ANYONE,
            Group.ANYONE,
            Group.ANYONE,
            Group.ANYONE,
            Group.ANYONE,
            ChannelOptions.PLAIN.withPresence(true).with(new ChannelOptions.Retention(10, Duration.ofMinutes(1))));

    private final Relay relay = new Relay(
            Settings.read(Map.of("switchboard.admin.password", "password of all")),
            new ChannelRules(KEPT, Map.of("closed", ChannelRule.PLAIN), Map.of()));
    private final Console console = Objects.requireNonNull(relay.console());
    private final Views views = console.views();

    @AfterEach
    void stop() {
        relay.stop();
    }

    private static final class Events implements Listener {
        final List<String> names = new CopyOnWriteArrayList<>();
        final List<JsonObject> events = new CopyOnWriteArrayList<>();
        volatile boolean ended;

        @Override
        public void event(String name, String id, String json) {
            names.add(name);
            events.add(JsonObject.of(json));
        }

        @Override
        public void ping() {}

        @Override
        public void end() {
            ended = true;
        }

        /** Returns the words of the events. */
        List<String> words() {
            return events.stream().map(event -> event.text("event")).toList();
        }
    }

    private Client raw(String channel) {
        return relay.protocols().connectRaw(ScriptedTransport.inline(), channel, Map.of());
    }

    private Client raw(String channel, String user) {
        Peer peer = new Peer("192.0.2.7", Identity.login(user, Set.of()));
        return relay.protocols().connectRaw(ScriptedTransport.inline().from(peer), channel, Map.of());
    }

    private void publish(String channel, String json) {
        relay.backend()
                .publish(channel, Publication.ofServer(Payload.json(json), Map.of(), ""))
                .toCompletableFuture()
                .join();
    }

    private static JsonObject object(JsonObject from, String name) {
        return Objects.requireNonNull(from.object(name));
    }

    @Test
    void there_is_no_console_without_a_way_into_it() {
        Relay closed = new Relay(Settings.read(Map.of()), new ChannelRules(KEPT, Map.of(), Map.of()));
        closed.stop();
        assertThat(closed.console()).isNull();
    }

    @Test
    void the_feed_has_the_past_first_and_then_each_point_once() {
        console.tick();
        console.tick();
        Events feed = new Events();
        assertThat(console.follow(0, feed)).isTrue();
        console.tick();
        assertThat(feed.names).startsWith("past", "point");
        List<JsonObject> past = feed.events.get(0).objects("points");
        assertThat(past).hasSizeGreaterThanOrEqualTo(2);
        long last = past.get(past.size() - 1).number("at");
        assertThat(feed.events.get(1).number("at")).isEqualTo(last + 1);

        Events again = new Events();
        console.follow(last, again);
        assertThat(again.events.get(0).objects("points"))
                .allSatisfy(point -> assertThat(point.number("at")).isGreaterThan(last))
                .isNotEmpty();
    }

    @Test
    void the_feed_says_that_the_node_drains_and_ends_with_it() {
        Events feed = new Events();
        console.follow(0, feed);
        relay.drain().join();
        console.tick();
        assertThat(feed.names).contains("notice");
        relay.stop();
        assertThat(feed.ended).isTrue();
    }

    @Test
    void at_most_a_hundred_operators_follow_and_ten_watch() {
        for (int i = 0; i < 100; i++) {
            assertThat(console.follow(0, new Events())).isTrue();
        }
        assertThat(console.follow(0, new Events())).isFalse();
        Events watcher = new Events();
        for (int i = 0; i < 10; i++) {
            assertThat(console.watch("user", "ann", false, watcher)).isTrue();
        }
        assertThat(console.watch("user", "ann", false, new Events())).isFalse();
        console.leave(watcher);
        assertThat(console.watch("user", "ann", false, new Events())).isTrue();
    }

    @Test
    void the_top_names_the_hot_channel_the_busy_client_and_the_one_that_errs() {
        Client busy = raw("hot", "ann");
        for (int i = 0; i < 20; i++) {
            busy.receive(Frame.text("message " + i));
        }
        publish("cool", "1");
        Client wrong = relay.protocols().connectJson(ScriptedTransport.inline());
        wrong.receive(Frame.text("{\"id\":1,\"connect\":{}}"));
        wrong.receive(Frame.text("{\"id\":2,\"subscribe\":{\"channel\":\"unknown:x\"}}"));

        JsonObject top = JsonObject.of(views.top(20));
        JsonObject channels = object(top, "channels");
        assertThat(channels.objects("messages"))
                .extracting(channel -> channel.text("channel"))
                .containsExactly("hot", "cool");
        assertThat(channels.objects("bytes").get(0).text("channel")).isEqualTo("hot");
        assertThat(channels.objects("subscribers").get(0).number("value")).isEqualTo(1);
        JsonObject clients = object(top, "clients");
        assertThat(clients.objects("messages").get(0).text("client")).isEqualTo(busy.id());
        assertThat(clients.objects("messages").get(0).text("user")).isEqualTo("ann");
        assertThat(clients.objects("errors").get(0).text("client")).isEqualTo(wrong.id());
    }

    @Test
    void the_top_names_the_client_that_does_not_read() {
        Client slow = relay.protocols().connectRaw(ScriptedTransport.late(), "hot", Map.of());
        raw("hot");
        publish("hot", "\"" + "x".repeat(5_000) + "\"");
        JsonObject first = object(JsonObject.of(views.top(20)), "clients")
                .objects("outbox")
                .get(0);
        assertThat(first.text("client")).isEqualTo(slow.id());
        assertThat(first.number("value")).isGreaterThan(5_000);
        JsonObject state = JsonObject.of(Objects.requireNonNull(views.client(slow.id())));
        assertThat(object(state, "outbox").number("bytes")).isGreaterThan(5_000);
        assertThat(object(object(state, "limits"), "outboxBytes").number("of")).isEqualTo(1_048_576);
    }

    @Test
    void a_user_that_connects_again_and_again_is_a_reconnect() {
        for (int i = 0; i < 4; i++) {
            raw("a", "ann");
        }
        raw("a", "bob");
        List<JsonObject> reconnects = JsonObject.of(views.top(20)).objects("reconnects");
        assertThat(reconnects).singleElement().satisfies(ann -> {
            assertThat(ann.text("user")).isEqualTo("ann");
            assertThat(ann.number("value")).isEqualTo(3);
        });
    }

    @Test
    void a_client_shows_what_it_did_and_its_last_error() {
        Client client = relay.protocols()
                .connectJson(ScriptedTransport.inline().from(new Peer("192.0.2.7", Identity.login("ann", Set.of()))));
        client.receive(Frame.text("{\"id\":1,\"connect\":{}}"));
        client.receive(Frame.text("{\"id\":2,\"subscribe\":{\"channel\":\"unknown:x\"}}"));
        client.receive(Frame.text("{\"id\":3,\"subscribe\":{\"channel\":\"room\"}}"));

        JsonObject state = JsonObject.of(Objects.requireNonNull(views.client(client.id())));
        assertThat(state.text("user")).isEqualTo("ann");
        assertThat(state.text("address")).isEqualTo("192.0.2.7");
        assertThat(state.text("protocol")).isEqualTo("json");
        assertThat(state.texts("channels")).containsExactly("room");
        assertThat(object(state, "received").number("messages")).isEqualTo(3);
        assertThat(object(state, "sent").number("messages")).isPositive();
        assertThat(object(state, "lastError").number("code")).isEqualTo(102);
        assertThat(views.client("nobody")).isNull();
    }

    @Test
    void a_search_finds_clients_by_user_and_address_and_channels_by_a_part_of_the_name() {
        raw("chat-1", "ann");
        raw("chat-2", "bob");
        assertThat(JsonObject.of(views.clients("bo", 10)).objects("clients"))
                .extracting(client -> client.text("user"))
                .containsExactly("bob");
        assertThat(JsonObject.of(views.clients("192.0.2", 1)).flag("more")).isTrue();
        assertThat(JsonObject.of(views.channels("chat", 1)).objects("channels"))
                .extracting(channel -> channel.text("channel"))
                .containsExactly("chat-1");
        assertThat(JsonObject.of(views.channels("chat", 1)).flag("more")).isTrue();
        assertThat(JsonObject.of(views.channels("chat", 2)).flag("more")).isFalse();
    }

    @Test
    void a_channel_shows_its_rule_its_clients_its_presence_and_its_history() {
        Client ann = raw("room", "ann");
        publish("room", "1");
        publish("room", "2");
        JsonObject channel =
                JsonObject.of(views.channel("room").toCompletableFuture().join());
        assertThat(object(object(channel, "rule"), "rule").text("place")).isEqualTo("defaults");
        assertThat(channel.number("subscribers")).isEqualTo(1);
        assertThat(channel.objects("clients").get(0).text("client")).isEqualTo(ann.id());
        assertThat(channel.objects("presence").get(0).text("user")).isEqualTo("ann");
        assertThat(object(channel, "history").number("size")).isEqualTo(2);
        assertThat(object(channel, "history").number("offset")).isEqualTo(2);

        JsonObject closed =
                JsonObject.of(views.channel("closed:x").toCompletableFuture().join());
        assertThat(closed.text("namespace")).isEqualTo("closed");
        assertThat(closed.source("presence")).isEqualTo("null");
        assertThat(closed.source("history")).isEqualTo("null");
    }

    @Test
    void a_history_shows_payloads_only_when_asked_for_them() {
        publish("room", "{\"secret\":1}");
        publish("room", "\"" + "x".repeat(10_000) + "\"");
        String hidden = views.history("room", 10, false).toCompletableFuture().join();
        assertThat(hidden).doesNotContain("secret");
        List<JsonObject> shown = JsonObject.of(
                        views.history("room", 10, true).toCompletableFuture().join())
                .objects("publications");
        assertThat(shown.get(0).text("data")).hasSize(4_096);
        assertThat(shown.get(0).flag("cut")).isTrue();
        assertThat(shown.get(1).text("data")).isEqualTo("{\"secret\":1}");
        assertThat(shown.get(1).number("offset")).isEqualTo(1);
        assertThat(shown.get(1).number("time")).isPositive();
    }

    @Test
    void a_user_shows_its_clients_and_whether_it_is_blocked() {
        raw("a", "ann");
        raw("b", "ann");
        JsonObject user = JsonObject.of(views.user("ann"));
        assertThat(user.objects("clients")).hasSize(2);
        assertThat(user.flag("blocked")).isFalse();
        relay.backend().block("ann", Instant.MAX).toCompletableFuture().join();
        assertThat(JsonObject.of(views.user("ann")).flag("blocked")).isTrue();
    }

    @Test
    void a_watch_of_a_channel_tells_what_happens_there_and_nothing_else() {
        raw("room");
        Events events = new Events();
        console.watch("channel", "room", false, events);
        Client client = raw("room", "ann");
        raw("other").receive(Frame.text("elsewhere"));
        client.receive(Frame.text("a payload"));
        client.closed(1000, "");
        await().untilAsserted(() ->
                assertThat(events.words()).containsExactly("subscribe", "publish", "deliver", "unsubscribe"));
        assertThat(events.events.get(1).text("client")).isEqualTo(client.id());
        assertThat(events.events.get(1).number("size")).isEqualTo(9);
        assertThat(events.events.get(1).has("data")).isFalse();
        assertThat(events.events.get(2).number("clients")).isEqualTo(1);
    }

    @Test
    void a_watch_of_a_user_follows_all_its_clients() {
        Events events = new Events();
        console.watch("user", "ann", true, events);
        Client ann = raw("room", "ann");
        raw("room", "bob").receive(Frame.text("from bob"));
        ann.closed(1001, "going away");
        await().untilAsserted(() -> assertThat(events.words())
                .containsExactlyInAnyOrder("connect", "subscribe", "deliver", "unsubscribe", "disconnect"));
        assertThat(events.events)
                .filteredOn(event -> event.text("event").equals("deliver"))
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.text("client")).isEqualTo(ann.id());
                    assertThat(event.text("data")).isEqualTo("from bob");
                });
        assertThat(events.events)
                .filteredOn(event -> event.text("event").equals("disconnect"))
                .allSatisfy(event -> assertThat(event.number("code")).isEqualTo(1001));
    }

    @Test
    void a_watch_of_a_client_tells_its_errors() {
        Client client = relay.protocols().connectJson(ScriptedTransport.inline());
        Events events = new Events();
        console.watch("client", client.id(), false, events);
        client.receive(Frame.text("{\"id\":1,\"connect\":{}}"));
        client.receive(Frame.text("{\"id\":2,\"subscribe\":{\"channel\":\"unknown:x\"}}"));
        await().untilAsserted(() -> assertThat(events.words()).containsExactly("connect", "error"));
        assertThat(events.events.get(1).number("code")).isEqualTo(102);
        assertThat(events.events.get(1).text("channel")).isEqualTo("unknown:x");
    }

    @Test
    void no_view_holds_a_secret_or_a_payload_that_was_not_asked_for() {
        raw("room", "ann").receive(Frame.text("canary"));
        publish("room", "\"canary\"");
        assertThat(List.of(
                        views.top(20),
                        views.clients("", 50),
                        views.channels("", 50),
                        views.user("ann"),
                        views.nodes("1"),
                        views.channel("room").toCompletableFuture().join(),
                        views.history("room", 10, false).toCompletableFuture().join(),
                        relay.settings().all().toString()))
                .noneMatch(answer -> answer.contains("canary") || answer.contains("password of all"));
    }
}
