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

/** Tests the checker with good logs, and with mutations that each break one invariant. */
class CheckerTest {

    private static LongStream seeds() {
        return LongStream.rangeClosed(1, 5);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void judge_finds_nothing_in_a_good_history(long seed) {
        List<Violation> verdict = Checker.judge(GoodHistory.of(seed), Requirements.FULL);

        assertThat(Violation.report(verdict)).isEmpty();
    }

    static Stream<Arguments> mutations() {
        return Stream.of(Mutation.values()).flatMap(mutation -> seeds().mapToObj(seed -> Arguments.of(mutation, seed)));
    }

    @ParameterizedTest(name = "{0} ({1})")
    @MethodSource("mutations")
    void judge_names_the_invariant_that_a_mutation_breaks(Mutation mutation, long seed) {
        List<Entry> spoiled = mutation.spoil(GoodHistory.of(seed), new Random(seed));

        List<Violation> verdict = Checker.judge(spoiled, Requirements.FULL);

        assertThat(Violation.invariants(verdict)).contains(mutation.invariant());
    }

    @Test
    void each_invariant_has_a_mutation() {
        assertThat(Stream.of(Mutation.values()).map(Mutation::invariant)).contains(Invariant.values());
    }

    @Test
    void judge_gives_the_same_verdict_on_a_saved_log(@TempDir Path folder) throws IOException {
        List<Entry> spoiled = Mutation.DROP.spoil(GoodHistory.of(1), new Random(1));
        Journal journal = new Journal(() -> 7);
        spoiled.forEach(entry -> journal.record(entry.event()));
        Path file = folder.resolve("runs/1.jsonl");

        journal.save(file);

        assertThat(Journal.load(file)).isEqualTo(journal.entries());
        assertThat(Checker.judge(Journal.load(file), Requirements.FULL).toString())
                .isEqualTo(Checker.judge(journal.entries(), Requirements.FULL).toString());
    }

    @Test
    void a_json_line_keeps_each_kind_of_event() {
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
    void judge_finds_a_counter_above_its_bound() {
        Journal journal = new Journal();
        journal.record(new Event.Counters(Map.of("heap", 11L)));
        journal.record(new Event.Counters(Map.of("heap", 0L)));

        Requirements requirements = Requirements.NONE.withZero(Set.of("heap")).withBounds(Map.of("heap", 10L));

        assertThat(Checker.judge(journal.entries(), requirements))
                .extracting(Violation::invariant)
                .containsExactly(Invariant.V13);
    }
}
