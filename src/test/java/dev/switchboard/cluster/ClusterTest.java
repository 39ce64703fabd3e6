package dev.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.failure.Row;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ChannelPattern;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Frame;
import dev.switchboard.model.NodeInfo;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Cluster.Delivery;
import dev.switchboard.spi.Cluster.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Tests what nodes know of one another, and what they ask. */
class ClusterTest {

    private final FakeClock clock = new FakeClock();
    private final SharedEngine engine = new SharedEngine(clock);
    private final List<Recorder> nodes = new ArrayList<>();
    private final Recorder one = node("one");
    private final Recorder two = node("two");

    private Recorder node(String uid) {
        Recorder node = new Recorder(engine, uid, clock, Runnable::run).start();
        nodes.add(node);
        return node;
    }

    /** Lets so many seconds pass. */
    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            nodes.forEach(node -> node.cluster.check());
        }
    }

    private static List<String> others(Recorder node) {
        return node.cluster.others().stream().map(NodeInfo::uid).toList();
    }

    private static CompletableFuture<Map<String, Integer>> channels(Recorder node, String pattern) {
        return node.cluster.channels(ChannelPattern.of(pattern)).toCompletableFuture();
    }

    private static CompletableFuture<Delivery> deliver(Recorder from, String to, Message message) {
        return from.cluster.deliver(to, message).toCompletableFuture();
    }

    @Test
    void nodes_know_one_another_at_once() {
        Recorder three = node("three");
        assertThat(others(one)).containsExactly("three", "two");
        assertThat(others(three)).containsExactly("one", "two");
    }

    @Test
    void a_node_tells_its_state() {
        assertThat(one.cluster.others())
                .containsExactly(new NodeInfo("two", "name of two", 1, 2, 3, 4, Duration.ofSeconds(5)));
    }

    @Test
    @Row("K4")
    void nodes_with_one_name_are_several_nodes() {
        Recorder twin = new Recorder(engine, "twin", clock, Runnable::run).startAs("name of two");
        nodes.add(twin);
        assertThat(others(one)).containsExactly("twin", "two");
        two.channels.put("a", 1);
        twin.channels.put("a", 10);
        assertThat(channels(one, "a").join()).isEqualTo(Map.of("a", 11));
        twin.cluster.close();
        assertThat(others(one)).containsExactly("two");
    }

    @Test
    void a_dead_node_is_gone_after_10_s() {
        two.connection.cut();
        pass(9);
        assertThat(others(one)).containsExactly("two");
        pass(2);
        assertThat(others(one)).isEmpty();
        pass(60);
        two.connection.mend();
        pass(3);
        assertThat(others(one)).containsExactly("two");
        assertThat(others(two)).containsExactly("one");
    }

    @Test
    void nodes_that_lost_the_engine_know_one_another_when_it_is_back() {
        nodes.forEach(node -> node.connection.cut());
        pass(60);
        nodes.forEach(node -> node.connection.mend());
        assertThat(others(one)).containsExactly("two");
        assertThat(others(two)).containsExactly("one");
        pass(60);
        assertThat(others(one)).containsExactly("two");
    }

    @Test
    void a_node_that_lives_stays_known() {
        pass(100);
        assertThat(others(one)).containsExactly("two");
    }

    @Test
    void a_node_that_ends_is_gone_at_once() {
        two.cluster.close();
        assertThat(others(one)).isEmpty();
        assertThat(two.connection.listening()).isEmpty();
        pass(10);
        assertThat(others(one)).isEmpty();
        assertThat(two.connection.listening()).isEmpty();
    }

    @Test
    void a_node_that_starts_without_the_engine_comes_later() {
        Recorder three = new Recorder(engine, "three", clock, Runnable::run);
        three.connection.cut();
        nodes.add(three.start());
        pass(5);
        assertThat(others(one)).containsExactly("two");
        three.connection.mend();
        pass(3);
        assertThat(others(one)).containsExactly("three", "two");
        assertThat(others(three)).containsExactly("one", "two");
    }

    @Test
    void a_sign_of_life_that_cannot_be_read_is_ignored() {
        for (String text : List.of("{", "{\"uid\":1}", "{\"uid\":\"\"}", "[]", "{}")) {
            engine.connect().publish(InternalChannels.name("nodes"), publication(text), Retention.NONE);
        }
        assertThat(others(one)).containsExactly("two");
    }

    private static Publication publication(String text) {
        return Publication.ofServer(Payload.json(text), Map.of(), "");
    }

    @Test
    void the_channels_of_all_other_nodes_are_summed() {
        Recorder three = node("three");
        two.channels.putAll(Map.of("a", 1, "b\"ü", 2, "news", 3));
        three.channels.putAll(Map.of("a", 10, "c", 20));
        assertThat(channels(one, "*").join()).isEqualTo(Map.of("a", 11, "b\"ü", 2, "news", 3, "c", 20));
        assertThat(channels(one, "?").join()).isEqualTo(Map.of("a", 11, "c", 20));
        assertThat(channels(three, "a").join()).isEqualTo(Map.of("a", 1));
    }

    @Test
    void channels_fail_if_a_node_does_not_answer_within_2_s() {
        node("three");
        two.connection.deafen();
        CompletableFuture<?> channels = channels(one, "*");
        pass(1);
        assertThat(channels).isNotDone();
        pass(1);
        assertFails(channels, ClientError.INTERNAL);
    }

    @Test
    void channels_of_a_node_that_are_too_many_for_an_answer_are_refused_and_a_pattern_helps() {
        for (int i = 0; i < 40_000; i++) {
            two.channels.put("a channel with a long name " + i, 1);
        }
        assertFails(channels(one, "*"), ClientError.LIMIT_EXCEEDED);
        assertThat(channels(one, "*12345").join()).hasSize(1);
    }

    @Test
    void a_question_fails_while_the_engine_is_down() {
        one.connection.cut();
        assertFails(channels(one, "*"), ClientError.INTERNAL);
        assertFails(deliver(one, "two", new Message("s", "", Frame.text("x"))), ClientError.INTERNAL);
    }

    @Test
    void a_message_reaches_the_session_of_another_node_as_it_was_sent() {
        List<Message> taken = new ArrayList<>();
        two.cluster.receive(message -> {
            taken.add(message);
            return Delivery.TAKEN;
        });
        List<Message> sent = List.of(
                new Message("session", "ann", Frame.text("{\"id\":1}\n{\"id\":2}\u0000 ü\ud83d\ude00")),
                new Message("session", "", Frame.text("")),
                new Message("session", "ann", Frame.binary(new byte[] {0, -1, 10, 127})),
                new Message("session", "ann", Frame.binary(new byte[0])));
        sent.forEach(message -> assertThat(deliver(one, "two", message)).isCompletedWithValue(Delivery.TAKEN));
        assertThat(taken).isEqualTo(sent);
    }

    @Test
    void the_answer_of_the_other_node_comes_back() {
        two.cluster.receive(message -> Delivery.valueOf(message.session()));
        for (Delivery delivery : Delivery.values()) {
            assertThat(deliver(one, "two", new Message(delivery.name(), "", Frame.text("x"))))
                    .isCompletedWithValue(delivery);
        }
    }

    @Test
    void a_message_for_a_node_that_does_not_live_is_for_an_unknown_session() {
        Message message = new Message("s", "", Frame.text("x"));
        assertThat(deliver(one, "nobody", message)).isCompletedWithValue(Delivery.UNKNOWN);
        assertThat(deliver(one, "one", message)).isCompletedWithValue(Delivery.UNKNOWN);
        assertThat(deliver(one, "two", message)).isCompletedWithValue(Delivery.UNKNOWN); // it has no receiver
        two.connection.cut();
        pass(11);
        assertThat(deliver(one, "two", message)).isCompletedWithValue(Delivery.UNKNOWN);
    }

    @Test
    @Row("K6")
    void a_message_that_is_not_answered_fails_after_2_s_and_its_late_answer_changes_nothing() {
        two.cluster.receive(message -> Delivery.TAKEN);
        one.connection.hold();
        CompletableFuture<Delivery> late = deliver(one, "two", new Message("s", "", Frame.text("x")));
        pass(2);
        assertFails(late, ClientError.INTERNAL);
        one.connection.release();
        assertThat(deliver(one, "two", new Message("s", "", Frame.text("x")))).isCompletedWithValue(Delivery.TAKEN);
    }

    @Test
    @Row("K5")
    void a_question_that_the_other_node_does_not_know_is_refused_at_once() {
        List<String> answers = new ArrayList<>();
        two.connection.lose((channel, publication) -> false);
        one.connection.lose((channel, publication) -> {
            if (publication != null && channel.equals(Questions.channel("one"))) {
                answers.add(publication.data().frame().text());
            }
            return false;
        });
        one.connection.publish(
                Questions.channel("two"),
                publication("{\"from\":\"one\",\"kind\":\"of a later version\",\"question\":7}"),
                Retention.NONE);
        assertThat(answers).containsExactly("{\"from\":\"two\",\"answer\":7,\"error\":104}");
    }

    @Test
    void a_receiver_that_fails_answers_with_an_error() {
        two.cluster.receive(message -> {
            throw new IllegalStateException("broken");
        });
        assertFails(deliver(one, "two", new Message("s", "", Frame.text("x"))), ClientError.INTERNAL);
    }

    @Test
    void questions_that_wait_are_bounded() {
        two.connection.deafen();
        Message message = new Message("s", "", Frame.text("x"));
        List<CompletableFuture<Delivery>> waiting = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            waiting.add(deliver(one, "two", message));
        }
        assertFails(deliver(one, "two", message), ClientError.TOO_MANY_REQUESTS);
        pass(2);
        assertThat(waiting).allSatisfy(each -> assertThat(each).isCompletedExceptionally());
        assertThat(deliver(one, "two", message)).isNotDone();
    }

    @Test
    void a_node_alone_knows_no_other_and_asks_nothing() {
        Cluster alone = Cluster.ALONE;
        assertThat(alone.others()).isEmpty();
        assertThat(alone.channels(ChannelPattern.ALL)).isCompletedWithValue(Map.of());
        assertThat(alone.deliver("x", new Message("s", "", Frame.text("x")))).isCompletedWithValue(Delivery.UNKNOWN);
    }

    private static void assertFails(CompletableFuture<?> stage, ClientError expected) {
        assertThat(stage).isCompletedExceptionally();
        assertThatThrownBy(stage::join).hasCause(expected);
    }
}
