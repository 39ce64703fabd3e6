package dev.switchboard.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The checker is checked before it checks anything: a good log is clean, and each way to spoil it has its name. */
class CheckerTest {

    private static LongStream seeds() {
        return LongStream.rangeClosed(1, 5);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void a_good_history_is_clean(long seed) {
        List<Violation> verdict = Checker.judge(GoodHistory.of(seed), Demands.FULL);

        assertThat(Violation.report(verdict)).isEmpty();
    }

    static Stream<Arguments> mutations() {
        return Stream.of(Mutation.values()).flatMap(mutation -> seeds().mapToObj(seed -> Arguments.of(mutation, seed)));
    }

    @ParameterizedTest(name = "{0} ({1})")
    @MethodSource("mutations")
    void a_spoiled_history_is_found_by_its_name(Mutation mutation, long seed) {
        List<Entry> spoiled = mutation.spoil(GoodHistory.of(seed), new Random(seed));

        List<Violation> verdict = Checker.judge(spoiled, Demands.FULL);

        assertThat(Violation.invariants(verdict)).contains(mutation.invariant());
    }

    @Test
    void every_invariant_has_a_mutation() {
        assertThat(Stream.of(Mutation.values()).map(Mutation::invariant)).contains(Invariant.values());
    }

    @Test
    void a_log_that_was_kept_gets_the_same_verdict(@TempDir Path folder) throws IOException {
        List<Entry> spoiled = Mutation.DROP.spoil(GoodHistory.of(1), new Random(1));
        Journal journal = new Journal(() -> 7);
        spoiled.forEach(entry -> journal.record(entry.event()));
        Path file = folder.resolve("runs/1.jsonl");

        journal.save(file);

        assertThat(Journal.load(file)).isEqualTo(journal.entries());
        assertThat(Checker.judge(Journal.load(file), Demands.FULL).toString())
                .isEqualTo(Checker.judge(journal.entries(), Demands.FULL).toString());
    }

    @Test
    void every_kind_of_event_can_be_kept() {
        List<Event> events = List.of(
                new Event.PubInvoke("p1", 1, "a\"\n", "key"),
                new Event.PubInvoke("p1", 2, "a", null),
                new Event.SubFail("s1", "a", 1, 112),
                new Event.FaultStart("rotate", "a"),
                new Event.Counters(Map.of("clients", Long.MAX_VALUE)),
                new Event.Truth("a", "e", 1, List.of(new Event.Item(1, "p1:1"))));

        assertThat(events).allSatisfy(event -> {
            Entry entry = new Entry(3, Long.MAX_VALUE, event);
            assertThat(JsonLine.parse(entry.toString())).isEqualTo(entry);
        });
    }

    @Test
    void a_counter_above_its_bound_is_found_when_it_is_seen() {
        Journal journal = new Journal();
        journal.record(new Event.Counters(Map.of("heap", 11L)));
        journal.record(new Event.Counters(Map.of("heap", 0L)));

        Demands demands = Demands.NONE.withZero(Set.of("heap")).withBounds(Map.of("heap", 10L));

        assertThat(Checker.judge(journal.entries(), demands))
                .extracting(Violation::invariant)
                .containsExactly(Invariant.V13);
    }
}
