package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.failure.FailureTable;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * Checks after all other tests that they have proven each row of the failure catalogue. Does
 * nothing in a run of chosen tests.
 */
@DisabledIfSystemProperty(named = "it.test", matches = ".+")
@DisabledIfSystemProperty(named = "test", matches = ".+")
@Tag("failures")
class FailureTableIT {

    @Test
    void every_row_is_proven_or_has_a_decision() throws IOException {
        assertThat(FailureTable.read().gaps()).isEmpty();
    }
}
