package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.failure.FailureTable;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/** The last of all: whether the others have proven what the failure catalogue demands. Of a run of chosen tests nothing is demanded. */
@DisabledIfSystemProperty(named = "it.test", matches = ".+")
@DisabledIfSystemProperty(named = "test", matches = ".+")
@Tag("failures")
class FailureTableIT {

    @Test
    void every_row_is_proven_where_it_must_be_or_a_decision_says_why_not() throws IOException {
        assertThat(FailureTable.read().gaps()).isEmpty();
    }
}
