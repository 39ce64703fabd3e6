package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.ScriptedTransport;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawProtocolTest {

    private final Hub hub = new Hub(Nodes.simple());
    private final ScriptedTransport transport = ScriptedTransport.inline();

    private void connect(String channel, Map<String, List<String>> parameters, @Nullable String greeting) {
        hub.connect(transport, new RawProtocol(channel, parameters, greeting == null ? null : Frame.text(greeting)));
    }

    @Test
    void the_greeting_is_the_first_that_a_client_gets() {
        connect("hello", Map.of("echo", List.of("true")), "Hello, Client!");
        hub.connect(ScriptedTransport.inline(), new RawProtocol("hello", Map.of(), null))
                .receive(Frame.text("hi"));
        assertThat(transport.sent()).containsExactly("Hello, Client!", "hi");
    }

    @Test
    void parameters_it_does_not_know_are_none_of_its_business() {
        connect("c", Map.of("channel", List.of("c"), "cache", List.of("1")), null);
        assertThat(transport.closes()).isEmpty();
        assertThat(hub.channelCount()).isEqualTo(1);
    }

    @Test
    void an_echo_that_is_neither_true_nor_false_is_a_bad_request() {
        connect("c", Map.of("echo", List.of("")), "greeting");
        assertThat(transport.closes()).containsExactly(Disconnect.badRequest("echo is true or false"));
        assertThat(transport.sent()).isEmpty();
        assertThat(hub.channelCount()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a\nb",
                "\u0000",
                "\u0085",
                "not UTF-8: \ufffd",
                "ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé"
            })
    void a_channel_name_that_is_empty_too_long_or_has_control_characters_is_a_bad_request(String channel) {
        connect(channel, Map.of(), null);
        assertThat(transport.closes()).singleElement().satisfies(close -> {
            assertThat(close.code()).isEqualTo(3501);
            assertThat(close.reason()).contains("channel name");
        });
        assertThat(hub.clientCount()).isZero();
    }
}
