package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeConfiguratorTest {

    private static String selected(String... offered) {
        return new HandshakeConfigurator().getNegotiatedSubprotocol(List.of(), List.of(offered));
    }

    @Test
    void raw_forwarding_selects_the_first_subprotocol_that_is_offered() {
        assertThat(selected("chat")).isEqualTo("chat");
        assertThat(selected("v12.stomp", "v11.stomp")).isEqualTo("v12.stomp");
        assertThat(selected(" bearer ", "abc")).isEqualTo("bearer");
    }

    @Test
    void what_is_no_name_of_a_subprotocol_is_not_selected() {
        assertThat(selected()).isEmpty();
        assertThat(selected("", "a b", "a\r\nSet-Cookie: x", "chat")).isEqualTo("chat");
    }
}
