package dev.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArrivalsTest {

    private final Arrivals arrivals = new Arrivals(2);

    @Test
    void a_message_in_order_is_new_at_each_receiver() {
        for (int sequence = 1; sequence < 200; sequence++) {
            assertThat(arrivals.add(0, sequence)).isTrue();
            assertThat(arrivals.add(1, sequence)).isTrue();
        }
        assertThat(arrivals.doubled() + arrivals.disordered()).isZero();
    }

    @Test
    void a_message_that_arrives_again_is_doubled() {
        assertThat(arrivals.add(0, 1)).isTrue();
        assertThat(arrivals.add(0, 2)).isTrue();
        assertThat(arrivals.add(0, 1)).isFalse();
        assertThat(arrivals.add(0, 2)).isFalse();
        assertThat(arrivals.doubled()).isEqualTo(2);
        assertThat(arrivals.disordered()).isZero();
    }

    @Test
    void a_late_message_is_disordered_once_and_then_doubled() {
        assertThat(arrivals.add(0, 64)).isTrue();
        assertThat(arrivals.add(0, 1)).isTrue();
        assertThat(arrivals.add(0, 1)).isFalse();
        assertThat(arrivals.disordered()).isEqualTo(1);
        assertThat(arrivals.doubled()).isEqualTo(1);
    }

    @Test
    void a_message_after_a_gap_of_any_size_is_new() {
        assertThat(arrivals.add(0, 1)).isTrue();
        for (int sequence : new int[] {65, 200, 264, 100_000}) {
            assertThat(arrivals.add(0, sequence)).isTrue();
            assertThat(arrivals.add(0, sequence)).isFalse();
            assertThat(arrivals.add(0, sequence - 1)).isTrue();
        }
        assertThat(arrivals.disordered()).isEqualTo(4);
    }

    @Test
    void a_message_older_than_64_messages_is_doubled() {
        assertThat(arrivals.add(0, 65)).isTrue();
        assertThat(arrivals.add(0, 1)).isFalse();
        assertThat(arrivals.doubled()).isEqualTo(1);
    }

    @Test
    void a_reset_sets_counts_to_0_and_keeps_arrivals() {
        arrivals.add(0, 1);
        arrivals.add(0, 1);
        arrivals.resetCounts();
        assertThat(arrivals.doubled()).isZero();
        assertThat(arrivals.add(0, 1)).isFalse();
    }
}
