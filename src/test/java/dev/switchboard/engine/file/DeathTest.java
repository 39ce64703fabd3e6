package dev.switchboard.engine.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.history.Checker;
import dev.switchboard.history.Invariant;
import dev.switchboard.history.Journal;
import dev.switchboard.history.Plan;
import dev.switchboard.history.Requirements;
import dev.switchboard.history.Violation;
import dev.switchboard.history.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Judges the relay by what its clients see when it dies and starts again with its log. */
class DeathTest {

    private static final Plan PLAN = new Plan(
            3,
            Map.of("large:1", 1000, "large:2", 1000, "small:1", 20, "small:2", 20, "raw:1", 0),
            1_500,
            3_000,
            4,
            4,
            4,
            0,
            2,
            4);

    @TempDir
    Path folder;

    private Journal run(boolean torn, LogBug bug) throws IOException {
        try (MortalTarget relay = new MortalTarget(folder, PLAN.channels(), torn, bug)) {
            return Workload.run(PLAN, relay);
        }
    }

    private static Requirements requirements(int rotations) {
        return new Requirements(
                20,
                0,
                rotations,
                0,
                16,
                Duration.ofSeconds(1),
                Set.of("clients", "channels", "outbox.bytes"),
                Map.of());
    }

    @Test
    void clients_of_a_relay_that_dies_recover_all() throws IOException {
        Journal journal = run(false, LogBug.NONE);
        assertThat(Violation.report(Checker.judge(journal.entries(), requirements(0))))
                .isEmpty();
    }

    /** The kept publications are in the new epoch too, which V1 and V8 do not foresee. */
    @Test
    void clients_are_told_when_the_last_records_are_gone() throws IOException {
        Journal journal = run(true, LogBug.NONE);
        assertThat(Violation.invariants(Checker.judge(journal.entries(), requirements(4))))
                .isSubsetOf(Invariant.V1, Invariant.V8);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void each_bug_of_a_log_is_found(LogBug bug) throws IOException {
        Journal journal = run(bug != LogBug.ANSWER_BEFORE_WRITE, bug);
        assertThat(Violation.invariants(Checker.judge(journal.entries(), requirements(0))))
                .contains(Invariant.V6, Invariant.V7);
    }
}
