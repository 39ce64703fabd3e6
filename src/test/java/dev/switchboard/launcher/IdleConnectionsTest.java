package dev.switchboard.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdleConnectionsTest {

    private final List<Integer> closed = new ArrayList<>();
    private final IdleConnections idle = new IdleConnections(exchange -> {}, 3);

    private void add(int port) {
        idle.add(InetSocketAddress.createUnresolved("client", port), () -> closed.add(port));
    }

    @Test
    void one_connection_too_many_closes_the_one_that_has_been_idle_for_longest() {
        add(1);
        add(2);
        add(3);
        assertThat(closed).isEmpty();
        add(4);
        assertThat(closed).containsExactly(1);
        add(5);
        assertThat(closed).containsExactly(1, 2);
    }

    @Test
    void a_connection_that_becomes_idle_again_goes_to_the_end() {
        add(1);
        add(2);
        add(3);
        add(1);
        add(4);
        assertThat(closed).containsExactly(2);
    }

    @Test
    void a_connection_whose_client_is_gone_already_is_not_kept() {
        idle.add(null, () -> closed.add(0));
        add(1);
        add(2);
        add(3);
        assertThat(closed).isEmpty();
    }
}
