package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class InspectionTest {

    @Test
    void the_largest_come_first_and_no_more_than_the_limit() {
        assertThat(Inspection.largest(List.of(3, 9, 1, 7, 5), Integer::longValue, 3))
                .containsExactly(9, 7, 5);
        assertThat(Inspection.largest(List.of(2, 4), Integer::longValue, 3)).containsExactly(4, 2);
        assertThat(Inspection.largest(List.<Integer>of(), Integer::longValue, 3))
                .isEmpty();
    }
}
