package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeConfiguratorTest {

    private static String selected(String... offered) {
        return new HandshakeConfigurator().getNegotiatedSubprotocol(List.of(), List.of(offered));
    }

    @Test
    void raw_forwarding_selects_the_first_offered_subprotocol() {
        assertThat(selected("chat")).isEqualTo("chat");
        assertThat(selected("v12.stomp", "v11.stomp")).isEqualTo("v12.stomp");
        assertThat(selected(" bearer ", "abc")).isEqualTo("bearer");
    }

    @Test
    void raw_forwarding_does_not_select_a_malformed_subprotocol() {
        assertThat(selected()).isEmpty();
        assertThat(selected("", "a b", "a\r\nSet-Cookie: x", "chat")).isEqualTo("chat");
    }
}
