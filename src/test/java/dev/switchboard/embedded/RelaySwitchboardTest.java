package dev.switchboard.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;
import static org.awaitility.Awaitility.await;

import dev.switchboard.Relay;
import dev.switchboard.Settings;
import dev.switchboard.api.Event;
import dev.switchboard.api.Observation;
import dev.switchboard.api.Payload;
import dev.switchboard.api.Position;
import dev.switchboard.api.PresenceStats;
import dev.switchboard.api.Publication;
import dev.switchboard.api.SwitchboardException;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.Frame;
import dev.switchboard.web.RulesFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RelaySwitchboardTest {

    private static final Payload JSON = Payload.json("{\"n\":1}");

    private final Relay relay =
            new Relay(Settings.read(Map.of()), RulesFiles.read(Path.of("webapp/WEB-INF/rules.json")));
    private final List<Runnable> waiting = new ArrayList<>();
    private final List<Runnable> dropped = new ArrayList<>();
    private final RelaySwitchboard switchboard = of(PublishTiming.NOW);

    private RelaySwitchboard of(PublishTiming timing) {
        return new RelaySwitchboard(relay.hub(), relay.backend(), 100, timing);
    }

    @AfterEach
    void stop() {
        relay.stop();
    }

    private static <T extends @Nullable Object> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private ScriptedTransport raw(String channel) {
        ScriptedTransport transport = ScriptedTransport.inline();
        int before = clients(channel);
        Client client = relay.protocols().connectRaw(transport, channel, Map.of());
        await().until(() -> clients(channel) > before && !client.isEnded());
        return transport;
    }

    private int clients(String channel) {
        return relay.backend()
                .channels(ChannelPattern.ALL)
                .toCompletableFuture()
                .join()
                .getOrDefault(channel, 0);
    }

    @Test
    void a_publication_reaches_clients_and_the_history_with_its_position() {
        ScriptedTransport transport = raw("news");

        Position first = now(switchboard.publish("news", JSON));
        Position second = now(switchboard.publish("news", Payload.text("two")));
        Position third = now(switchboard.publish("news", Payload.bytes(new byte[] {1, -1})));

        await().untilAsserted(() -> assertThat(transport.sent()).hasSize(3).startsWith("{\"n\":1}", "two"));
        assertThat(List.of(first.offset(), second.offset(), third.offset())).containsExactly(1L, 2L, 3L);
        assertThat(now(switchboard.history("news", 2)).publications())
                .extracting(publication -> publication.payload().form(), Publication::position)
                .containsExactly(tuple(Payload.Form.BYTES, third), tuple(Payload.Form.TEXT, second));
        assertThat(now(switchboard.historySince("news", first, 1)).publications())
                .singleElement()
                .satisfies(
                        publication -> assertThat(publication.payload().text()).isEqualTo("two"));
        assertThat(now(switchboard.history("news", 0)).top()).isEqualTo(third);
    }

    @Test
    void a_publication_keeps_its_tags_which_count_for_its_size() {
        now(switchboard.publish("news", JSON, Map.of("lang", "de")));
        assertThat(now(switchboard.history("news", 1)).publications())
                .singleElement()
                .satisfies(kept -> assertThat(kept.tags()).isEqualTo(Map.of("lang", "de")));
        assertThatThrownBy(() -> switchboard.publish("news", JSON, Map.of("text", "x".repeat(90))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tags")
                .hasMessageContaining("at most 100");
    }

    @Test
    void a_publication_has_the_time_at_which_the_relay_accepted_it() {
        Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        now(switchboard.publish("news", JSON));
        assertThat(now(switchboard.history("news", 1)).publications())
                .singleElement()
                .satisfies(kept -> assertThat(kept.time()).isBetween(before, Instant.now()));
    }

    @Test
    void bytes_stay_the_same_when_the_caller_changes_its_array() {
        byte[] bytes = {0, -1, 5};
        now(switchboard.publish("news", Payload.bytes(bytes)));
        bytes[0] = 9;
        assertThat(now(switchboard.history("news", 1))
                        .publications()
                        .get(0)
                        .payload()
                        .bytes())
                .containsExactly(0, -1, 5);
    }

    @Test
    void a_call_throws_when_an_argument_is_wrong() {
        assertThatThrownBy(() -> switchboard.publish("news", Payload.json("{")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("JSON");
        assertThatThrownBy(() -> switchboard.publish("news", Payload.text("ü".repeat(51))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("switchboard.message.bytes");
        assertThatThrownBy(() -> switchboard.history("news", -1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(now(switchboard.history("news", 10)).publications()).isEmpty();
    }

    @Test
    void a_refusal_has_the_code_of_the_client_protocol() {
        assertThat(switchboard.publish("unknown:news", JSON).toCompletableFuture())
                .isCompletedExceptionally()
                .failsWithin(Duration.ofSeconds(5))
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOfSatisfying(
                        SwitchboardException.class,
                        refused -> assertThat(refused.code()).isEqualTo(102));
        Position elsewhere = new Position("another", 1);
        assertThatThrownBy(() -> now(switchboard.historySince("news", elsewhere, 1)))
                .cause()
                .isInstanceOfSatisfying(
                        SwitchboardException.class,
                        refused -> assertThat(refused.code()).isEqualTo(112));
    }

    @Test
    void presence_has_each_client_of_the_channel() {
        raw("news");
        raw("news");
        assertThat(now(switchboard.presence("news")).values())
                .hasSize(2)
                .allSatisfy(client -> assertThat(client.user()).isEmpty());
        assertThat(now(switchboard.presenceStats("news"))).isEqualTo(new PresenceStats(2, 1));
        assertThat(now(switchboard.presence("empty"))).isEmpty();
    }

    @Test
    void a_publication_in_a_transaction_is_sent_or_cancelled_when_the_transaction_ends() {
        RelaySwitchboard transactional = of((publish, drop) -> {
            waiting.add(publish);
            dropped.add(drop);
        });
        var committed = transactional.publish("news", JSON).toCompletableFuture();
        var rolledBack = transactional.publish("news", JSON).toCompletableFuture();
        assertThat(committed).isNotDone();
        assertThat(now(switchboard.history("news", 10)).publications()).isEmpty();

        waiting.get(0).run();
        dropped.get(1).run();

        assertThat(committed.join()).isNotNull();
        assertThatThrownBy(rolledBack::join)
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("rolled back");
        assertThat(now(switchboard.history("news", 10)).publications()).hasSize(1);
    }

    @Test
    void an_observer_gets_the_events_of_its_type_and_channel() {
        List<Publication> news = new CopyOnWriteArrayList<>();
        List<Event> all = new CopyOnWriteArrayList<>();
        Observation observation = switchboard.observe("news", Publication.class, news::add);
        switchboard.observeAll(Event.class, all::add);

        ScriptedTransport transport = raw("news");
        relay.protocols()
                .connectRaw(ScriptedTransport.inline(), "other", Map.of())
                .receive(Frame.text("from a client"));
        now(switchboard.publish("news", Payload.text("from here")));

        await().untilAsserted(() -> assertThat(all)
                .extracting(event -> event.channel() + " " + event.getClass().getSimpleName())
                .containsExactlyInAnyOrder("news Joined", "other Joined", "other Publication", "news Publication"));
        assertThat(news).singleElement().satisfies(publication -> {
            assertThat(publication.payload().text()).isEqualTo("from here");
            assertThat(publication.publisher()).isNull();
        });
        assertThat(all)
                .filteredOn(event ->
                        event instanceof Publication each && each.channel().equals("other"))
                .singleElement()
                .satisfies(
                        event -> assertThat(((Publication) event).publisher()).isNotNull());

        observation.close();
        now(switchboard.publish("news", JSON));
        await().untilAsserted(() -> assertThat(all).hasSize(5));
        assertThat(news).hasSize(1);
        assertThat(transport.sent()).isNotEmpty();
    }
}
