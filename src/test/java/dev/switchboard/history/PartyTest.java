package dev.switchboard.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.model.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** The clients of the workload speak the protocol as an SDK does, and their log says what they saw. */
class PartyTest {

    private final Script script = new Script();
    private final Journal journal = new Journal(() -> 0);
    private final Subscriber subscriber = new Subscriber("s", script, journal, Set.of("a"), Set.of("a"));
    private final Publisher publisher = new Publisher("p", script, journal);

    private List<Event> events() {
        return journal.entries().stream().map(Entry::event).toList();
    }

    private void subscribe() {
        subscriber.connect();
        script.says("{\"id\":1,\"connect\":{\"client\":\"c\"}}\n"
                + "{\"id\":2,\"subscribe\":{\"recoverable\":true,\"epoch\":\"e\",\"offset\":4}}");
    }

    @Test
    void it_connects_and_subscribes_in_one_frame() {
        subscriber.connect();

        assertThat(script.sent)
                .containsExactly("{\"id\":1,\"connect\":{\"name\":\"s\"}}\n"
                        + "{\"id\":2,\"subscribe\":{\"channel\":\"a\",\"recoverable\":true}}");
    }

    @Test
    void it_answers_a_ping() {
        subscribe();

        script.says("{}");

        assertThat(script.sent).last().isEqualTo("{}");
    }

    @Test
    void it_comes_back_with_the_position_of_what_it_heard_last() {
        subscribe();
        script.says("{\"push\":{\"channel\":\"a\",\"pub\":{\"data\":"
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
    void it_subscribes_again_when_the_relay_says_that_something_is_missing() {
        subscribe();
        script.says("{\"push\":{\"channel\":\"a\",\"unsubscribe\":{\"code\":2500,\"reason\":\"insufficient state\"}}}");

        subscriber.tend();

        assertThat(script.sent).last().asString().contains("\"recover\":true,\"epoch\":\"e\",\"offset\":4");
    }

    @Test
    void it_takes_leave_for_good_when_the_relay_says_so() {
        subscribe();
        script.says("{\"push\":{\"channel\":\"a\",\"unsubscribe\":{\"code\":2000,\"reason\":\"server unsubscribe\"}}}");

        subscriber.tend();

        assertThat(script.sent).hasSize(1);
    }

    @Test
    void an_answer_to_its_leave_does_not_end_what_came_after() {
        subscribe();
        subscriber.toggle("a");
        subscriber.tend();
        script.says("{\"push\":{\"channel\":\"a\",\"unsubscribe\":{\"code\":2500,\"reason\":\"insufficient state\"}}}");
        subscriber.toggle("a");
        subscriber.tend();
        assertThat(script.sent).hasSize(2);

        script.says("{\"id\":3,\"unsubscribe\":{}}");
        subscriber.tend();

        assertThat(script.sent).hasSize(3).last().asString().contains("\"subscribe\"");
    }

    @Test
    void a_publish_whose_answer_is_lost_is_neither_done_nor_failed() {
        publisher.connect();
        publisher.publish("a", 0);

        script.ends(3001);

        assertThat(publisher.isIdle()).isTrue();
        assertThat(events()).contains(new Event.Close("p", 3001), new Event.PubInfo("p", 1, "connection lost"));
    }

    @Test
    void an_error_that_leaves_it_open_is_no_failure() {
        publisher.connect();
        publisher.publish("a", 0);
        script.says("{\"id\":2,\"error\":{\"code\":100,\"message\":\"internal server error\"}}");
        publisher.publish("a", 0);
        script.says("{\"id\":3,\"error\":{\"code\":103,\"message\":\"permission denied\"}}");

        assertThat(events()).contains(new Event.PubInfo("p", 1, "error 100"), new Event.PubFail("p", 2, 103));
    }

    @Test
    void what_a_dropped_connection_still_brings_is_not_heard() {
        subscribe();
        Line.Ear dropped = script.ear;
        subscriber.cut();

        dropped.text("{\"push\":{\"channel\":\"a\",\"pub\":{\"data\":1,\"offset\":5}}}");
        dropped.closed(3008);

        assertThat(events()).last().isEqualTo(new Event.CloseLate("s", 3008));
        assertThat(events()).noneMatch(Event.Recv.class::isInstance);
    }

    @Test
    void a_payload_that_was_changed_on_its_way_has_nobodys_value() {
        assertThat(Payload.value(Payload.of("p:1", 100).build())).isEqualTo("p:1");
        assertThat(Payload.value(Payload.of("p:1", 100).add("size", 99).build()))
                .startsWith("damaged");
        assertThat(Payload.value(Payload.of("p:1", 100).add("extra", 1).build()))
                .startsWith("damaged");
    }

    @Test
    void a_frame_that_makes_no_sense_is_kept() {
        subscribe();

        script.says("{\"push\":{\"channel\":\"a\",\"pub\":{}}}\n");

        assertThat(events()).last().isInstanceOf(Event.Malformed.class);
    }

    /** A relay that says what the test says. */
    private static final class Script implements Target, Line {

        private final List<String> sent = new ArrayList<>();
        private Ear ear = new Ear() {
            @Override
            public void text(String frame) {}

            @Override
            public void closed(int code) {}
        };

        void says(String frame) {
            ear.text(frame);
        }

        void ends(int code) {
            ear.closed(code);
        }

        @Override
        public Line open(Ear of) {
            ear = of;
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
