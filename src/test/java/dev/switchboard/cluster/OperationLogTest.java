package dev.switchboard.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.failure.Row;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that each node carries out the operations of the others once and in their order. */
class OperationLogTest {

    private static final String OPERATIONS = InternalChannels.name("operations");
    private static final Retention KEPT = new Retention(1_000, Duration.ofMinutes(5));

    private final FakeClock clock = new FakeClock();
    private final SharedEngine engine = new SharedEngine(clock);
    private final Recorder one = node("one").start();
    private final Recorder two = node("two").start();

    private Recorder node(String uid) {
        return new Recorder(engine, uid, clock, Runnable::run);
    }

    /** Lets so many seconds pass. */
    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            one.cluster.check();
            two.cluster.check();
        }
    }

    private void tell(int from, int to) {
        IntStream.rangeClosed(from, to)
                .forEach(user -> assertThat(one.tell("u" + user)).isCompleted());
    }

    private static List<String> users(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(user -> "u" + user).toList();
    }

    @Test
    void an_operation_reaches_all_other_nodes_and_not_its_own() {
        Recorder three = node("three").start();
        tell(1, 2);
        assertThat(two.users()).containsExactly("u1", "u2");
        assertThat(three.users()).containsExactly("u1", "u2");
        assertThat(one.users()).isEmpty();
    }

    @Test
    @Row("K6")
    void a_lost_operation_is_repaired_by_the_next_one_in_order() {
        two.connection.lose((channel, publication) -> true);
        tell(1, 2);
        two.connection.lose((channel, publication) -> false);
        assertThat(two.users()).isEmpty();
        tell(3, 3);
        assertThat(two.users()).containsExactly("u1", "u2", "u3");
    }

    @Test
    @Row("K6")
    void a_lost_operation_is_repaired_after_30_s_without_any_event() {
        two.connection.lose((channel, publication) -> true);
        tell(1, 1);
        pass(29);
        assertThat(two.users()).isEmpty();
        pass(1);
        assertThat(two.users()).containsExactly("u1");
        pass(60);
        assertThat(two.users()).containsExactly("u1");
    }

    @Test
    void a_lost_operation_is_repaired_when_the_engine_names_the_top() {
        two.connection.lose((channel, publication) -> true);
        tell(1, 1);
        two.connection.reach(OPERATIONS);
        assertThat(two.users()).containsExactly("u1");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 99, 100, 101, 200, 1_000})
    void a_node_that_was_away_carries_out_once_what_it_missed(int missed) {
        two.connection.cut();
        tell(1, missed);
        pass(20);
        two.connection.mend();
        assertThat(two.users()).isEqualTo(users(1, missed));
        tell(missed + 1, missed + 1);
        pass(60);
        assertThat(two.users()).isEqualTo(users(1, missed + 1));
    }

    @Test
    void a_repeated_or_late_operation_is_carried_out_once() {
        two.connection.hold();
        tell(1, 3);
        two.connection.reach(OPERATIONS); // reads all three
        two.connection.release();
        assertThat(two.users()).containsExactly("u1", "u2", "u3");
    }

    @Test
    void a_node_goes_on_when_more_was_told_than_the_history_keeps() {
        two.connection.cut();
        tell(1, 1_005);
        assertThat(warnings(two.connection::mend))
                .containsExactly(
                        "5 operations of other nodes are lost: they were no longer in the history of the engine");
        assertThat(two.users()).isEqualTo(users(6, 1_005));
        tell(1_006, 1_006);
        assertThat(two.users()).hasSize(1_001).endsWith("u1006");
    }

    @Test
    void a_node_goes_on_when_all_that_it_missed_has_expired() {
        two.connection.cut();
        tell(1, 2);
        clock.advance(Duration.ofMinutes(6));
        assertThat(warnings(two.connection::mend))
                .containsExactly(
                        "2 operations of other nodes are lost: they were no longer in the history of the engine");
        assertThat(two.users()).isEmpty();
        tell(3, 3);
        assertThat(two.users()).containsExactly("u3");
    }

    @Test
    void a_node_carries_out_what_it_does_not_know_when_the_engine_has_lost_its_streams() {
        tell(1, 5);
        two.connection.cut();
        engine.lose();
        tell(6, 7);
        two.connection.mend();
        assertThat(two.users()).isEqualTo(users(1, 7));
        tell(8, 8);
        assertThat(two.users()).isEqualTo(users(1, 8));
    }

    @Test
    void a_new_epoch_repeats_no_operation_that_is_known() {
        List<String> texts = new ArrayList<>();
        two.connection.lose((channel, publication) -> {
            if (channel.equals(OPERATIONS) && publication != null) {
                texts.add(publication.data().frame().text());
            }
            return false;
        });
        tell(1, 3);
        engine.lose();
        texts.stream().toList().forEach(text -> one.connection.publish(OPERATIONS, publication(text), KEPT));
        two.connection.reach(OPERATIONS);
        assertThat(two.users()).containsExactly("u1", "u2", "u3");
    }

    @Test
    void a_failover_that_keeps_the_history_repeats_nothing_and_loses_nothing() {
        tell(1, 3);
        two.connection.cut();
        tell(4, 5);
        engine.failOver(OPERATIONS, KEPT);
        two.connection.mend();
        assertThat(two.users()).isEqualTo(users(1, 5));
        tell(6, 6);
        assertThat(two.users()).isEqualTo(users(1, 6));
    }

    @Test
    void a_new_node_does_not_repeat_the_past_even_after_a_failover() {
        tell(1, 3);
        Recorder three = node("three").start();
        assertThat(three.users()).isEmpty();
        engine.failOver(OPERATIONS, KEPT);
        tell(4, 4);
        assertThat(three.users()).containsExactly("u4");
    }

    @Test
    void an_operation_that_comes_while_the_node_reads_is_not_forgotten() {
        two.connection.lose((channel, publication) -> true);
        tell(1, 1);
        two.connection.answerLater();
        two.connection.reach(OPERATIONS);
        two.connection.lose((channel, publication) -> false);
        tell(2, 3);
        two.connection.answer();
        assertThat(two.users()).containsExactly("u1", "u2", "u3");
    }

    @Test
    void a_page_that_comes_after_its_operations_changes_nothing() {
        two.connection.hold();
        tell(1, 1);
        two.connection.answerLater();
        two.connection.reach(OPERATIONS);
        tell(2, 3);
        two.connection.release();
        List<String> warnings = warnings(two.connection::answer);
        assertThat(two.users()).containsExactly("u1", "u2", "u3");
        assertThat(warnings).isEmpty();
    }

    /** Runs the action, and returns the warnings that it logs. */
    private static List<String> warnings(Runnable action) {
        Logger logger = Logger.getLogger(OperationLog.class.getName());
        List<String> warnings = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getLevel().intValue() >= Level.WARNING.intValue()) {
                    warnings.add(line.getMessage());
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        try {
            action.run();
        } finally {
            logger.removeHandler(handler);
        }
        return warnings;
    }

    @Test
    void a_node_that_starts_without_the_engine_begins_when_the_engine_is_there() {
        Recorder three = node("three");
        three.connection.cut();
        three.start();
        three.cluster.check();
        three.connection.mend();
        three.cluster.check();
        tell(1, 1);
        assertThat(three.users()).containsExactly("u1");
    }

    @Test
    void an_operation_fails_while_the_engine_is_down() {
        one.connection.cut();
        assertFails(one.tell("u1"), ClientError.INTERNAL);
        one.connection.mend();
        tell(2, 2);
        assertThat(two.users()).containsExactly("u2");
    }

    private static Publication publication(String text) {
        return Publication.ofServer(Payload.json(text), Map.of(), "");
    }

    @ParameterizedTest
    @Row("K5")
    @ValueSource(
            strings = {
                "{\"id\":\"x.1\",\"from\":\"x\",\"kind\":\"of a later version\"}",
                "{\"id\":\"x.1\",\"from\":\"x\",\"kind\":\"disconnect\",\"user\":\"ann\",\"code\":\"word\"}",
                "{\"id\":\"x.1\",\"from\":\"x\",\"kind\":\"disconnect\"}",
                "{\"id\":\"x.1\",\"from\":7}",
                "{\"from\":\"x\"}",
                "{\"id\":1}",
                "[]",
                "{",
                ""
            })
    void a_message_that_cannot_be_read_is_ignored(String text) {
        one.connection.publish(OPERATIONS, publication(text), KEPT);
        tell(1, 1);
        assertThat(two.users()).containsExactly("u1");
        Recorder three = node("three").start(); // reads it as the past
        tell(2, 2);
        assertThat(three.users()).containsExactly("u2");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void threads_and_losses_change_neither_the_order_nor_the_number(long seed) {
        ExecutorService pool = Executors.newFixedThreadPool(3);
        try {
            Recorder three = new Recorder(engine, "three", clock, pool).start();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> three.connection.listening().contains(OPERATIONS));
            Random random = new Random(seed);
            three.connection.lose((channel, publication) -> random.nextInt(3) == 0);
            tell(1, 500);
            three.connection.lose((channel, publication) -> false);
            tell(501, 501);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> three.users().size() >= 501);
            assertThat(three.users()).isEqualTo(users(1, 501));
        } finally {
            pool.shutdownNow();
        }
    }

    private static void assertFails(CompletableFuture<?> stage, ClientError expected) {
        assertThat(stage).isCompletedExceptionally();
        assertThatThrownBy(stage::join).hasCause(expected);
    }
}
