package dev.switchboard.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CallsTest {

    @Test
    void calls_are_counted_by_name_and_outcome_and_measured_by_name() {
        Calls calls = new Calls();
        calls.of("publish").succeeded(10);
        calls.of("publish").succeeded(20);
        calls.of("publish").failed("103", 5);
        calls.of("history").failed("108", 1);

        assertThat(calls.byName()).containsOnlyKeys("history", "publish");
        assertThat(calls.of("publish").outcomes()).isEqualTo(Map.of("ok", 2L, "103", 1L));
        assertThat(calls.of("publish").times().count()).isEqualTo(3);
        assertThat(calls.of("publish").times().sum()).isEqualTo(35);
        assertThat(calls.of("history").outcomes()).isEqualTo(Map.of("ok", 0L, "108", 1L));
    }
}
