package dev.switchboard.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArrivalsTest {

    private final Arrivals arrivals = new Arrivals(2);

    @Test
    void what_comes_in_order_is_new_at_each_receiver() {
        for (int sequence = 1; sequence < 200; sequence++) {
            assertThat(arrivals.add(0, sequence)).isTrue();
            assertThat(arrivals.add(1, sequence)).isTrue();
        }
        assertThat(arrivals.doubled() + arrivals.disordered()).isZero();
    }

    @Test
    void what_comes_again_is_doubled() {
        assertThat(arrivals.add(0, 1)).isTrue();
        assertThat(arrivals.add(0, 2)).isTrue();
        assertThat(arrivals.add(0, 1)).isFalse();
        assertThat(arrivals.add(0, 2)).isFalse();
        assertThat(arrivals.doubled()).isEqualTo(2);
        assertThat(arrivals.disordered()).isZero();
    }

    @Test
    void what_comes_late_is_disordered_once_and_then_doubled() {
        assertThat(arrivals.add(0, 64)).isTrue();
        assertThat(arrivals.add(0, 1)).isTrue();
        assertThat(arrivals.add(0, 1)).isFalse();
        assertThat(arrivals.disordered()).isEqualTo(1);
        assertThat(arrivals.doubled()).isEqualTo(1);
    }

    @Test
    void a_hole_of_any_size_is_no_fault_of_what_follows() {
        assertThat(arrivals.add(0, 1)).isTrue();
        for (int sequence : new int[] {65, 200, 264, 100_000}) {
            assertThat(arrivals.add(0, sequence)).isTrue();
            assertThat(arrivals.add(0, sequence)).isFalse();
            assertThat(arrivals.add(0, sequence - 1)).isTrue();
        }
        assertThat(arrivals.disordered()).isEqualTo(4);
    }

    @Test
    void what_is_too_old_to_know_is_not_counted_twice() {
        assertThat(arrivals.add(0, 65)).isTrue();
        assertThat(arrivals.add(0, 1)).isFalse();
        assertThat(arrivals.doubled()).isEqualTo(1);
    }

    @Test
    void faults_are_forgotten_and_arrivals_are_not() {
        arrivals.add(0, 1);
        arrivals.add(0, 1);
        arrivals.forgetFaults();
        assertThat(arrivals.doubled()).isZero();
        assertThat(arrivals.add(0, 1)).isFalse();
    }
}
