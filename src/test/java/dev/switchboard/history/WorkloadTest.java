package dev.switchboard.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that workload and checker find each bug of a relay, and nothing in a correct relay. */
class WorkloadTest {

    private static final int SEEDS = 10;
    private static final int OUTBOX_CHARS = 30_000;

    private static LongStream seeds() {
        return LongStream.rangeClosed(1, SEEDS);
    }

    private static Plan plan(long seed) {
        return new Plan(seed, Map.of("large", 1000, "small", 20, "tiny", 5, "raw", 0), 800, 500, 4, 2, 3, 2, 2, 3);
    }

    private static ModelRelay relay(Plan plan, @Nullable Bug bug) {
        return new ModelRelay(plan.seed(), plan.channels(), OUTBOX_CHARS, bug);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void a_correct_relay_has_no_violations(long seed) throws IOException {
        Plan plan = plan(seed);

        assertThat(Workload.trial(plan, relay(plan, null), Requirements.FULL)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_bug_is_found_within_ten_seeds(Bug bug) {
        assertThat(seeds().anyMatch(seed -> finds(bug, plan(seed)))).isTrue();
    }

    private static boolean finds(Bug bug, Plan plan) {
        Journal journal = Workload.run(plan, relay(plan, bug));
        return Violation.invariants(Checker.judge(journal.entries(), Requirements.FULL)).stream()
                .anyMatch(bug.breaks()::contains);
    }

    @Test
    void trial_keeps_the_log_if_there_are_violations() throws IOException {
        Plan plan = plan(1);

        String report = Workload.trial(plan, relay(plan, Bug.MISCOUNTED), Requirements.FULL);

        assertThat(report).startsWith("seed 1, kept in ").contains("V14");
        Path kept = Path.of(report.lines().findFirst().orElseThrow().substring("seed 1, kept in ".length()));
        List<Entry> log = Journal.load(kept);
        Files.delete(kept);
        assertThat(Violation.invariants(Checker.judge(log, Requirements.FULL))).containsExactly(Invariant.V14);
    }
}
