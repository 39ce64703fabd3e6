package dev.switchboard.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * Tests that the clients of the workload speak the protocol like a library, and record what they
 * see.
 */
class WorkloadClientTest {

    private final ScriptedTarget script = new ScriptedTarget();
    private final Journal journal = new Journal(() -> 0);
    private final Subscriber subscriber = new Subscriber("s", script, journal, Set.of("a"), Set.of("a"));
    private final Publisher publisher = new Publisher("p", script, journal);

    private List<Event> events() {
        return journal.entries().stream().map(Entry::event).toList();
    }

    private void subscribe() {
        subscriber.connect();
        script.sends("{\"id\":1,\"connect\":{\"client\":\"c\"}}\n"
                + "{\"id\":2,\"subscribe\":{\"recoverable\":true,\"epoch\":\"e\",\"offset\":4}}");
    }

    @Test
    void connect_sends_the_subscribes_in_the_same_frame() {
        subscriber.connect();

        assertThat(script.sent)
                .containsExactly("{\"id\":1,\"connect\":{\"name\":\"s\"}}\n"
                        + "{\"id\":2,\"subscribe\":{\"channel\":\"a\",\"recoverable\":true}}");
    }

    @Test
    void a_client_answers_a_ping() {
        subscribe();

        script.sends("{}");

        assertThat(script.sent).last().isEqualTo("{}");
    }

    @Test
    void connect_recovers_from_the_last_position() {
        subscribe();
        script.sends("{\"push\":{\"channel\":\"a\",\"pub\":{\"data\":"
                + Payload.of("p:1", 3).build() + ",\"offset\":5}}}");
        subscriber.cut();

        subscriber.connect();

        assertThat(script.sent).last().asString().contains("\"recover\":true,\"epoch\":\"e\",\"offset\":5");
        assertThat(events())
                .contains(
                        new Event.Recv("s", "a", 1, "e", 5, "p:1"),
                        new Event.Cut("s"),
                        new Event.SubInvoke("s", "a", 2, new Position("e", 5)));
    }

    @Test
    void tend_subscribes_again_after_an_insufficient_state() {
        subscribe();
        script.sends(
                "{\"push\":{\"channel\":\"a\",\"unsubscribe\":{\"code\":2500,\"reason\":\"insufficient state\"}}}");

        subscriber.tend();

        assertThat(script.sent).last().asString().contains("\"recover\":true,\"epoch\":\"e\",\"offset\":4");
    }

    @Test
    void tend_does_not_subscribe_again_after_an_unsubscribe_of_the_server() {
        subscribe();
        script.sends(
                "{\"push\":{\"channel\":\"a\",\"unsubscribe\":{\"code\":2000,\"reason\":\"server unsubscribe\"}}}");

        subscriber.tend();

        assertThat(script.sent).hasSize(1);
    }

    @Test
    void a_late_unsubscribe_reply_does_not_end_the_next_subscription() {
        subscribe();
        subscriber.toggle("a");
        subscriber.tend();
        script.sends(
                "{\"push\":{\"channel\":\"a\",\"unsubscribe\":{\"code\":2500,\"reason\":\"insufficient state\"}}}");
        subscriber.toggle("a");
        subscriber.tend();
        assertThat(script.sent).hasSize(2);

        script.sends("{\"id\":3,\"unsubscribe\":{}}");
        subscriber.tend();

        assertThat(script.sent).hasSize(3).last().asString().contains("\"subscribe\"");
    }

    @Test
    void a_publish_has_an_unknown_outcome_if_its_reply_is_lost() {
        publisher.connect();
        publisher.publish("a", 0);

        script.ends(3001);

        assertThat(publisher.isIdle()).isTrue();
        assertThat(events()).contains(new Event.Close("p", 3001), new Event.PubInfo("p", 1, "connection lost"));
    }

    @Test
    void a_publish_has_an_unknown_outcome_after_error_100() {
        publisher.connect();
        publisher.publish("a", 0);
        script.sends("{\"id\":2,\"error\":{\"code\":100,\"message\":\"internal server error\"}}");
        publisher.publish("a", 0);
        script.sends("{\"id\":3,\"error\":{\"code\":103,\"message\":\"permission denied\"}}");

        assertThat(events()).contains(new Event.PubInfo("p", 1, "error 100"), new Event.PubFail("p", 2, 103));
    }

    @Test
    void frames_of_a_dropped_connection_are_ignored() {
        subscribe();
        Line.Listener dropped = script.listener;
        subscriber.cut();

        dropped.text("{\"push\":{\"channel\":\"a\",\"pub\":{\"data\":1,\"offset\":5}}}");
        dropped.closed(3008);

        assertThat(events()).last().isEqualTo(new Event.CloseLate("s", 3008));
        assertThat(events()).noneMatch(Event.Recv.class::isInstance);
    }

    @Test
    void a_damaged_payload_has_no_value() {
        assertThat(Payload.value(Payload.of("p:1", 100).build())).isEqualTo("p:1");
        assertThat(Payload.value(Payload.of("p:1", 100).add("size", 99).build()))
                .startsWith("damaged");
        assertThat(Payload.value(Payload.of("p:1", 100).add("extra", 1).build()))
                .startsWith("damaged");
    }

    @Test
    void a_malformed_frame_is_recorded() {
        subscribe();

        script.sends("{\"push\":{\"channel\":\"a\",\"pub\":{}}}\n");

        assertThat(events()).last().isInstanceOf(Event.Malformed.class);
    }

    /** A relay that sends what the test says. */
    private static final class ScriptedTarget implements Target, Line {

        private final List<String> sent = new ArrayList<>();
        private Listener listener = new Listener() {
            @Override
            public void text(String frame) {}

            @Override
            public void closed(int code) {}
        };

        void sends(String frame) {
            listener.text(frame);
        }

        void ends(int code) {
            listener.closed(code);
        }

        @Override
        public Line open(Listener of) {
            listener = of;
            return this;
        }

        @Override
        public void send(String frame) {
            sent.add(frame);
        }

        @Override
        public void pause() {}

        @Override
        public void resume() {}

        @Override
        public void cut() {}

        @Override
        public void loseHistory(String channel) {}

        @Override
        public Map<String, Long> counters() {
            return Map.of();
        }

        @Override
        public boolean waitUntil(BooleanSupplier met) {
            return met.getAsBoolean();
        }
    }
}
