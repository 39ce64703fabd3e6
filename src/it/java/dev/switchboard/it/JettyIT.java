package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Tests the shipped WAR in Jetty. */
class JettyIT extends ContainerContract {

    @Override
    UnpackedServer server() throws Exception {
        return UnpackedServer.jetty();
    }

    @Test
    @Order(5)
    void a_stop_closes_all_clients_with_3001() throws Exception {
        assertThat(stopWithClients()).containsExactly("3001", "3001");
    }
}
