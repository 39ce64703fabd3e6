package dev.switchboard.launcher.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.xnio.channels.ConnectedChannel;

class IdleConnectionsTest {

    private final List<ConnectedChannel> closed = new ArrayList<>();
    private final IdleConnections idle = new IdleConnections(exchange -> {}, 3, closed::add);

    private static ConnectedChannel connection(@Nullable Integer port) {
        return (ConnectedChannel) Proxy.newProxyInstance(
                ConnectedChannel.class.getClassLoader(),
                new Class<?>[] {ConnectedChannel.class},
                (self, method, arguments) -> switch (method.getName()) {
                    case "getPeerAddress" -> port == null ? null : InetSocketAddress.createUnresolved("client", port);
                    case "equals" -> self == arguments[0];
                    case "hashCode" -> System.identityHashCode(self);
                    case "toString" -> "connection " + port;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private final ConnectedChannel first = connection(1);
    private final ConnectedChannel second = connection(2);
    private final ConnectedChannel third = connection(3);

    private void addAll() {
        idle.add(first);
        idle.add(second);
        idle.add(third);
        assertThat(closed).isEmpty();
    }

    @Test
    void a_connection_beyond_the_limit_closes_the_longest_idle_one() {
        addAll();
        idle.add(connection(4));
        assertThat(closed).containsExactly(first);
        idle.add(connection(5));
        assertThat(closed).containsExactly(first, second);
    }

    @Test
    void a_connection_counts_as_new_when_it_becomes_idle_again() {
        addAll();
        idle.add(first);
        idle.add(connection(4));
        assertThat(closed).containsExactly(second);
    }

    @Test
    void a_closed_connection_does_not_count() {
        idle.add(connection(null));
        addAll();
    }
}
