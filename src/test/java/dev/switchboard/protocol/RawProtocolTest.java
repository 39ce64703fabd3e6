package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.ChannelOptions;
import dev.switchboard.model.ChannelOptions.Offer;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.model.Position;
import dev.switchboard.spi.AccessPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawProtocolTest {

    private final FaultyEngine engine = new FaultyEngine(Nodes.memory(System::nanoTime));
    private final OpenAccess access = new OpenAccess().with("room", OpenAccess.EVERYTHING);
    private final Hub hub =
            new Hub(Nodes.of(Nodes.limits(100_000), engine, access, System::nanoTime, Runnable::run, Runnable::run));
    private final ScriptedTransport transport = ScriptedTransport.inline();

    private Client connect(String channel, Map<String, List<String>> parameters, @Nullable String greeting) {
        return hub.connect(transport, new RawProtocol(channel, parameters, greeting));
    }

    @Test
    void a_message_beyond_the_quota_is_dropped_and_ends_the_client() {
        AtomicInteger left = new AtomicInteger(2);
        ScriptedTransport listener = ScriptedTransport.inline();
        hub.connect(listener, new RawProtocol("c", Map.of(), null));
        Client client = hub.connect(transport, new RawProtocol("c", Map.of(), null, () -> left.getAndDecrement() > 0));
        Stream.of("1", "2", "3").map(Frame::text).forEach(client::receive);
        assertThat(listener.sent()).containsExactly("1", "2");
        assertThat(transport.closes()).containsExactly(Disconnect.TOO_MANY_REQUESTS);
    }

    @Test
    void a_client_gets_the_greeting_first() {
        connect("hello", Map.of("echo", List.of("true")), "Hello, Client!");
        hub.connect(ScriptedTransport.inline(), new RawProtocol("hello", Map.of(), null))
                .receive(Frame.text("hi"));
        assertThat(transport.sent()).containsExactly("Hello, Client!", "hi");
    }

    @Test
    void a_client_gets_a_hello_first_when_it_asks_for_one() {
        Client client = connect("hello", Map.of("hello", List.of("true")), "Hello, Client!");
        assertThat(transport.sent())
                .containsExactly("{\"hello\":{\"client\":\"" + client.id() + "\"}}", "Hello, Client!");

        ScriptedTransport events = ScriptedTransport.inline();
        Client reader = hub.connect(events, RawProtocol.events("c", Map.of("hello", List.of("true")), null, ""));
        assertThat(sent(events))
                .containsExactly("retry: soon\n\n", "event: hello\ndata: {\"client\":\"" + reader.id() + "\"}\n\n");
    }

    @Test
    void unknown_parameters_are_ignored() {
        connect("c", Map.of("channel", List.of("c"), "cache", List.of("1")), null);
        assertThat(transport.closes()).isEmpty();
        assertThat(hub.channelCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo", "hello"})
    void a_boolean_parameter_is_a_bad_request_when_it_is_neither_true_nor_false(String name) {
        connect("c", Map.of(name, List.of("")), "greeting");
        assertThat(transport.closes()).containsExactly(Disconnect.badRequest(name + " is true or false"));
        assertThat(transport.sent()).isEmpty();
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void a_raw_client_is_refused_when_the_channel_needs_a_token() {
        access.refuse(ClientError.UNAUTHORIZED);
        connect("c", Map.of(), "greeting");
        assertThat(transport.closes()).containsExactly(Disconnect.PERMISSION_DENIED);
        assertThat(transport.sent()).isEmpty();
        assertThat(hub.channelCount()).isZero();
    }

    @Test
    void a_raw_client_gets_no_join_and_no_leave() {
        access.with("c", ChannelOptions.PLAIN.withPresence(true).withJoinLeave(Offer.FORCED));
        connect("c", Map.of(), null);
        Client other = hub.connect(ScriptedTransport.inline(), new RawProtocol("c", Map.of(), null));
        other.receive(Frame.text("hi"));
        other.closed(1006, "");
        assertThat(transport.sent()).containsExactly("hi");
        assertThat(transport.closes()).isEmpty();
    }

    /** Returns the frames that the client got, without the random times. */
    private static List<String> sent(ScriptedTransport reader) {
        return reader.sent().stream()
                .map(event -> event.replaceAll("^retry: ([1-5]\\d{3}|6000)\\b", "retry: soon"))
                .toList();
    }

    @Test
    void a_request_publishes_like_a_client_and_gets_the_reason_of_a_refusal() {
        connect("room", Map.of(), null);
        assertThat(RawProtocol.publish(hub, Peer.UNKNOWN, "room", Map.of(), Frame.text("hi")))
                .succeedsWithin(Duration.ZERO)
                .extracting(Position::offset)
                .isEqualTo(1L);
        assertThat(transport.sent()).containsExactly("hi");
        assertThat(hub.clientCount()).isEqualTo(1);
        assertThatThrownBy(() -> RawProtocol.publish(hub, Peer.UNKNOWN, "", Map.of(), Frame.text("hi")))
                .isEqualTo(Disconnect.badRequest("a channel name has 1 to 255 bytes"));
        access.deny(AccessPolicy.Right.PUBLISH);
        assertThat(RawProtocol.publish(hub, Peer.UNKNOWN, "room", Map.of(), Frame.text("hi")))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isEqualTo(ClientError.PERMISSION_DENIED);
        access.refuse(ClientError.UNAUTHORIZED);
        assertThat(RawProtocol.publish(hub, Peer.UNKNOWN, "room", Map.of(), Frame.text("hi")))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .havingCause()
                .isEqualTo(ClientError.UNAUTHORIZED);
        assertThat(transport.sent()).hasSize(1);
    }

    @Test
    void a_raw_client_is_ended_when_it_lacks_a_right() {
        connect("c", Map.of(), null);
        access.deny(AccessPolicy.Right.PUBLISH);
        hub.connect(transport, new RawProtocol("c", Map.of(), null)).receive(Frame.text("may I?"));
        assertThat(transport.closes()).containsExactly(Disconnect.PERMISSION_DENIED);
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
    void a_channel_name_is_a_bad_request_when_it_is_empty_too_long_or_has_control_characters(String channel) {
        connect(channel, Map.of(), null);
        assertThat(transport.closes()).singleElement().satisfies(close -> {
            assertThat(close.code()).isEqualTo(3501);
            assertThat(close.reason()).contains("channel name");
        });
        assertThat(hub.clientCount()).isZero();
    }

    @Test
    void json_of_more_than_64_levels_is_a_bad_request_and_is_not_published() {
        ScriptedTransport listener = ScriptedTransport.inline();
        hub.connect(listener, new RawProtocol("c", Map.of(), null));
        Frame deep = Frame.text("[".repeat(65) + "]".repeat(65));
        connect("c", Map.of(), null).receive(deep);
        Disconnect refusal = Disconnect.badRequest("JSON is nested too deeply");
        assertThat(transport.closes()).containsExactly(refusal);
        assertThatThrownBy(() -> RawProtocol.publish(hub, Peer.UNKNOWN, "c", Map.of(), deep))
                .isEqualTo(refusal);
        assertThat(listener.sent()).isEmpty();
    }

    @Test
    void a_client_does_not_get_its_own_messages_unless_it_asks_for_them() {
        connect("c", Map.of(), null).receive(Frame.text("1"));
        ScriptedTransport told = ScriptedTransport.inline();
        hub.connect(told, new RawProtocol("c", Map.of("echo", List.of("false")), null))
                .receive(Frame.text("2"));
        assertThat(transport.sent()).containsExactly("2");
        assertThat(told.sent()).isEmpty();
    }

    @Test
    void messages_wait_up_to_a_bound_until_the_client_is_subscribed() {
        engine.fallBehind();
        Client client = connect("room", Map.of("echo", List.of("true")), "Hello, Client!");
        client.receive(Frame.text("1"));
        assertThat(transport.sent()).isEmpty();
        engine.catchUp();
        assertThat(transport.sent()).containsExactly("Hello, Client!", "1");

        engine.fallBehind();
        ScriptedTransport impatient = ScriptedTransport.inline();
        Client other = hub.connect(impatient, new RawProtocol("room", Map.of(), null));
        for (int i = 0; i < 20 && !other.isEnded(); i++) {
            other.receive(Frame.text("x".repeat(60_000)));
        }
        assertThat(impatient.closes()).containsExactly(Disconnect.TOO_MANY_REQUESTS);
    }

    @Test
    void a_raw_client_may_reconnect_when_an_error_is_temporary() {
        Client client = connect("c", Map.of(), null);
        engine.fail(ClientError.INTERNAL);
        client.receive(Frame.text("1"));
        assertThat(transport.closes()).containsExactly(Disconnect.INTERNAL_ERROR);
    }
}
