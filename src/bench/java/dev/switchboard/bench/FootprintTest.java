package dev.switchboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FootprintTest {

    private static final String TAIL =
            " S 1 7 7 0 -1 4194560 15063 0 12 0 250 30 9 9 20 0 31 0 112 8290000 40000 18446744073709551615";

    @Test
    void cpu_is_user_and_kernel_time_without_children() {
        assertThat(Footprint.cpu("42 (java)" + TAIL)).isEqualTo(Duration.ofMillis(2800));
    }

    @Test
    void the_name_of_a_command_may_look_like_fields() {
        assertThat(Footprint.cpu("42 (a) R 9 (b" + ") )" + TAIL)).isEqualTo(Duration.ofMillis(2800));
    }

    @Test
    void bytes_are_the_resident_memory() {
        assertThat(Footprint.bytes(List.of("Name:\tjava", "VmPeak:\t  900000 kB", "VmRSS:\t   20480 kB")))
                .isEqualTo(20 * 1024 * 1024);
    }

    @Test
    void a_running_process_has_a_footprint() throws IOException {
        Footprint own = Footprint.of(ProcessHandle.current().pid());

        assertThat(own.cpu()).isPositive();
        assertThat(own.bytes()).isGreaterThan(10_000_000);
    }

    @Test
    void a_heap_adds_all_objects_and_the_relays_own_objects() {
        Heap heap = Heap.of(List.of(
                " num     #instances         #bytes  class name (module)",
                "-------------------------------------------------------",
                "   1:         10000        4000000  [B (java.base@17.0.15)",
                "   2:         10000         800000  dev.switchboard.hub.Client",
                "   3:         10000         200000  dev.switchboard.hub.Outbox$Write",
                "Total         30000        5000000"));

        assertThat(heap).isEqualTo(new Heap(5_000_000, 1_000_000));
        assertThatThrownBy(() -> Heap.of(List.of("42:", "no such process"))).hasMessageContaining("no such process");
    }
}
