package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelOptions.SlowPolicy;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Checks what a raw client gets of the history of its channel. */
class RawRecoveryTest {

    private final FaultyEngine engine = new FaultyEngine(Nodes.memory(System::nanoTime));
    private final OpenAccess access = new OpenAccess().with("room", OpenAccess.EVERYTHING);
    private final Hub hub =
            new Hub(Nodes.of(Nodes.limits(100_000), engine, access, System::nanoTime, Runnable::run, Runnable::run));
    private final ScriptedTransport transport = ScriptedTransport.inline();

    private Client connect(String channel, Map<String, List<String>> parameters, @Nullable String greeting) {
        return hub.connect(transport, new RawProtocol(channel, parameters, greeting));
    }

    private ScriptedTransport events(String channel, Map<String, List<String>> parameters, String lastEventId) {
        ScriptedTransport reader = ScriptedTransport.inline();
        hub.connect(reader, RawProtocol.events(channel, parameters, "Hello!", lastEventId));
        return reader;
    }

    /** Returns the frames that the client got, without the random times. */
    private static List<String> sent(ScriptedTransport reader) {
        return reader.sent().stream()
                .map(event -> event.replaceAll("^retry: ([1-5]\\d{3}|6000)\\b", "retry: soon"))
                .toList();
    }

    @Test
    void the_id_of_an_event_ends_with_the_time_of_its_publication() {
        Publication said = new Publication(Payload.json("1"), null, new Position("e", 7)).withTime(1_764_000_000_123L);
        assertThat(event(said)).isEqualTo("id: e:7:1764000000123\ndata: 1\n\n");
        assertThat(event(said.withTime(0))).isEqualTo("id: e:7\ndata: 1\n\n");
        Publication unkept = new Publication(Payload.json("1"), null, null).withTime(1_764_000_000_123L);
        assertThat(event(unkept)).isEqualTo("data: 1\n\n");
        assertThat(RawRecovery.of(Map.of(), "e:7:1764000000123").reached()).isEqualTo(new Position("e", 7));
        assertThat(RawRecovery.of(Map.of(), "e:7:x").reached()).isEqualTo(new Position("?", 0));
    }

    private static @Nullable String event(Publication publication) {
        return EventEncoding.INSTANCE.publication("c", publication).text();
    }

    private String idOf(String event) {
        return event.replaceAll("(?s).*id: (\\S+)\n.*", "$1");
    }

    @Test
    void an_event_has_its_position_as_id_and_keeps_the_lines_of_its_text() {
        ScriptedTransport reader = events("room", Map.of(), "");
        assertThat(sent(reader)).hasSize(3).startsWith("retry: soon\n\n", "data: Hello!\n\n");
        String epoch = idOf(reader.sent().get(2)).replace(":0", "");
        assertThat(reader.sent().get(2)).isEqualTo("id: " + epoch + ":0\n\n");
        connect("room", Map.of(), null).receive(Frame.text("a\r\nb\rc\n\nd"));
        connect("room", Map.of(), null).receive(Frame.binary(new byte[] {-1}));
        assertThat(reader.sent().subList(3, 5))
                .containsExactly(
                        "id: " + epoch + ":1\ndata: a\ndata: b\ndata: c\ndata: \ndata: d\n\n",
                        "event: binary\nid: " + epoch + ":2\ndata: /w==\n\n");
        assertThat(sent(events("c", Map.of(), ""))).containsExactly("retry: soon\n\n", "data: Hello!\n\n");
    }

    @Test
    void a_client_that_reconnects_gets_the_missed_messages_or_lost() {
        Client publisher = connect("room", Map.of(), null);
        String first = idOf(events("room", Map.of(), "").sent().get(2));
        publisher.receive(Frame.text("1"));
        publisher.receive(Frame.text("2"));
        String epoch = first.replace(":0", "");
        assertThat(sent(events("room", Map.of("history", List.of("1")), epoch + ":1")))
                .containsExactly(
                        "retry: soon\n\n",
                        "data: Hello!\n\n",
                        "id: " + epoch + ":1\n\n",
                        "id: " + epoch + ":2\ndata: 2\n\n");
        for (String lost :
                List.of("other:1", epoch + ":7", "1", "a:b", "a:b:1x", ":1", epoch + ":1000000000000000000000")) {
            List<String> told = List.of(
                    "retry: soon\n\n",
                    "data: Hello!\n\n",
                    "event: lost\ndata: something may be missing\n\n",
                    "id: " + epoch + ":2\n\n");
            assertThat(sent(events("room", Map.of("history", List.of("1")), lost)))
                    .as(lost)
                    .isEqualTo(told);
            assertThat(sent(events("room", Map.of("lastEventId", List.of(lost)), "")))
                    .as(lost)
                    .isEqualTo(told);
        }
        assertThat(events("room", Map.of("history", List.of("1")), "").sent())
                .endsWith("id: " + epoch + ":1\n\n", "id: " + epoch + ":2\ndata: 2\n\n");
    }

    private static Map<String, List<String>> parameter(String name, String value) {
        return Map.of(name, List.of(value));
    }

    /**
     * Publishes the messages 1, 2, and so on, each padded to {@code bytes}. Returns the epoch of
     * the channel.
     */
    private String published(int count, int bytes) {
        access.with(
                "room",
                ChannelOptions.PLAIN
                        .with(new Retention(1000, Duration.ofMinutes(5)))
                        .withRecovery(Offer.ON_REQUEST));
        Client publisher = hub.connect(ScriptedTransport.inline(), new RawProtocol("room", Map.of(), null));
        for (int i = 1; i <= count; i++) {
            publisher.receive(Frame.text(i + " ".repeat(Math.max(0, bytes - 3))));
        }
        return idOf(events("room", Map.of(), "").sent().get(2)).replaceAll(":.*", "");
    }

    /** Returns ids and lost for events. Returns frames without their padding. */
    private static List<String> gist(List<String> sent) {
        return sent.stream()
                .map(String::strip)
                .filter(line -> !line.startsWith("retry:") && !line.equals("data: Hello!"))
                .map(line -> line.contains("event: lost") ? "lost" : line.replaceAll("(?s)id: [^:]*(:\\d+).*", "$1"))
                .toList();
    }

    @Test
    void since_with_an_epoch_and_last_event_id_in_the_query_have_the_meaning_of_the_header() {
        String epoch = published(4, 3);
        List<String> header = sent(events("room", Map.of(), epoch + ":2"));
        assertThat(gist(header)).containsExactly(":2", ":3", ":4");
        assertThat(sent(events("room", parameter("since", epoch + ":2"), ""))).isEqualTo(header);
        assertThat(sent(events("room", parameter("lastEventId", epoch + ":2"), "")))
                .isEqualTo(header);
        assertThat(sent(events("room", parameter("since", epoch + ":1"), epoch + ":2")))
                .as("a browser that comes again repeats the URL")
                .isEqualTo(header);
    }

    @Test
    void since_with_another_epoch_a_position_beyond_the_top_or_no_position_is_answered_with_lost() {
        String epoch = published(4, 3);
        for (String since : List.of("other:2", epoch + ":5", "x", "-1", epoch + ":", epoch)) {
            assertThat(gist(events("room", parameter("since", since), "").sent()))
                    .as(since)
                    .containsExactly("lost", ":4");
        }
    }

    @Test
    void since_with_an_offset_alone_that_the_stream_has_not_reached_is_answered_with_lost() {
        published(4, 3);
        assertThat(gist(events("room", parameter("since", "4"), "").sent())).containsExactly(":4");
        assertThat(gist(events("room", parameter("since", "99"), "").sent())).containsExactly("lost", ":4");
    }

    @Test
    void since_in_a_channel_without_a_history_is_answered_with_lost() {
        for (String since : List.of("other:2", "5")) {
            assertThat(gist(events("plain", parameter("since", since), "").sent()))
                    .as(since)
                    .containsExactly("lost");
        }
        assertThat(gist(events("plain", parameter("history", "5"), "").sent())).isEmpty();
    }

    @Test
    void the_oldest_messages_are_left_out_when_the_history_is_too_large() {
        published(20, 9_000); // half an outbox of 100,000 bytes is given at once
        List<String> newest = List.of("lost", ":15", ":16", ":17", ":18", ":19", ":20");
        assertThat(gist(events("room", parameter("since", "5"), "").sent())).isEqualTo(newest);
        assertThat(gist(events("room", parameter("history", "12"), "").sent())).isEqualTo(newest);
        assertThat(gist(events("room", parameter("history", "5"), "").sent()))
                .containsExactly(":15", ":16", ":17", ":18", ":19", ":20");
        assertThat(gist(events("room", parameter("since", "16"), "").sent()))
                .containsExactly(":16", ":17", ":18", ":19", ":20");
    }

    @Test
    void the_oldest_messages_are_left_out_when_there_are_more_than_300() {
        published(310, 3);
        assertThat(gist(events("room", parameter("since", "5"), "").sent()))
                .hasSize(302)
                .startsWith("lost", ":10", ":11");
        assertThat(gist(events("room", parameter("history", "301"), "").sent())).startsWith("lost", ":10", ":11");
        assertThat(gist(events("room", parameter("history", "300"), "").sent())).startsWith(":10", ":11");
        assertThat(gist(events("room", parameter("since", "10"), "").sent())).startsWith(":10", ":11");
    }

    @Test
    void since_an_offset_is_answered_with_lost_when_a_later_message_is_not_kept() {
        access.with("room", OpenAccess.EVERYTHING);
        Client publisher = hub.connect(ScriptedTransport.inline(), new RawProtocol("room", Map.of(), null));
        IntStream.rangeClosed(1, 104).forEach(i -> publisher.receive(Frame.text("" + i)));
        assertThat(gist(events("room", parameter("since", "3"), "").sent()))
                .hasSize(102)
                .startsWith("lost", ":4", ":5");
        assertThat(gist(events("room", parameter("since", "4"), "").sent())).startsWith(":4", ":5");
        assertThat(gist(events("room", parameter("history", "200"), "").sent())).startsWith(":4", ":5");
    }

    @Test
    void the_history_is_left_out_and_answered_with_lost_when_its_events_are_too_large() {
        access.with("room", OpenAccess.EVERYTHING);
        Client publisher = hub.connect(ScriptedTransport.inline(), new RawProtocol("room", Map.of(), null));
        IntStream.rangeClosed(1, 4).forEach(i -> publisher.receive(Frame.text("\n".repeat(9_000))));
        assertThat(gist(events("room", parameter("history", "4"), "").sent())).containsExactly("lost", ":4");
    }

    private List<String> frames(String... parameters) {
        ScriptedTransport reader = ScriptedTransport.inline();
        Map<String, List<String>> all = new HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            all.put(parameters[i], List.of(parameters[i + 1]));
        }
        hub.connect(reader, new RawProtocol("room", all, "Hello!"));
        return reader.sent().stream().map(String::strip).toList();
    }

    @Test
    void a_raw_client_gets_its_position_and_lost_when_it_asks_for_its_position() {
        String epoch = published(20, 9_000);
        assertThat(frames("position", "true"))
                .containsExactly("Hello!", "{\"position\":\"" + epoch + ":20\",\"lost\":false}");
        assertThat(frames("position", "true", "since", "18"))
                .containsExactly("Hello!", "{\"position\":\"" + epoch + ":18\",\"lost\":false}", "19", "20");
        assertThat(frames("position", "true", "since", "5"))
                .containsExactly(
                        "Hello!", "{\"position\":\"" + epoch + ":15\",\"lost\":true}", "16", "17", "18", "19", "20");
        assertThat(frames("position", "false", "since", "18")).containsExactly("Hello!", "19", "20");
    }

    @Test
    void a_raw_client_gets_its_position_when_it_names_an_epoch() {
        String epoch = published(4, 3);
        assertThat(frames("since", epoch + ":3"))
                .containsExactly("Hello!", "{\"position\":\"" + epoch + ":3\",\"lost\":false}", "4");
        for (String since : List.of("other:3", epoch + ":5", "x")) {
            assertThat(frames("since", since))
                    .containsExactly("Hello!", "{\"position\":\"" + epoch + ":4\",\"lost\":true}");
        }
        access.with("room", ChannelOptions.PLAIN);
        assertThat(frames("since", epoch + ":3")).containsExactly("Hello!", "{\"lost\":true}");
        assertThat(frames("position", "true")).containsExactly("Hello!", "{\"lost\":false}");
    }

    @Test
    void the_history_comes_after_the_greeting_and_begins_at_the_position_of_the_client() {
        Client before = hub.connect(ScriptedTransport.inline(), new RawProtocol("room", Map.of(), null));
        for (String text : List.of("1", "2", "3")) {
            before.receive(Frame.text(text));
        }
        connect("room", Map.of("since", List.of("1")), "Hello, Client!");
        assertThat(transport.sent()).containsExactly("Hello, Client!", "2", "3");

        ScriptedTransport greedy = ScriptedTransport.inline();
        hub.connect(greedy, new RawProtocol("room", Map.of("history", List.of("4294967296")), null));
        assertThat(greedy.sent()).containsExactly("1", "2", "3");
    }

    private ScriptedTransport slow(int published) {
        access.with("room", OpenAccess.EVERYTHING.with(SlowPolicy.REWIND));
        ScriptedTransport slow = ScriptedTransport.late();
        hub.connect(slow, new RawProtocol("room", Map.of(), null));
        Client publisher = connect("room", Map.of(), null);
        for (int i = 1; i <= published; i++) {
            publisher.receive(Frame.text(i + ":" + "x".repeat(1000)));
        }
        return slow;
    }

    @Test
    void a_raw_client_gets_the_rest_from_the_history_when_it_falls_behind() {
        ScriptedTransport slow = slow(90);
        for (int i = 1; i <= 90; i++) {
            slow.complete();
        }
        assertThat(slow.sent().stream().map(sent -> sent.replaceAll(":x*", "")))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 90).mapToObj(Integer::toString).toList());
        assertThat(slow.closes()).isEmpty();
    }

    @Test
    void a_raw_client_is_ended_when_it_falls_behind_the_history() {
        ScriptedTransport slow = slow(200);
        while (slow.closes().isEmpty()) {
            slow.complete();
        }
        assertThat(slow.closes()).containsExactly(Disconnect.INSUFFICIENT_STATE);
    }
}
