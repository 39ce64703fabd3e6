package dev.switchboard.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.failure.Row;
import dev.switchboard.hub.Client;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.limits.Admission;
import dev.switchboard.limits.NodeLimits;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.protocol.RawProtocol;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PendingHandshakeTest {

    private static final int MANY = 1_000_000;

    private final FakeClock clock = new FakeClock();
    private final Admission admission = new Admission(new NodeLimits(MANY, MANY, MANY, MANY, MANY, MANY, MANY), clock);
    private final Admission.Place place = (Admission.Place) admission.take("192.0.2.1");
    private final PendingHandshake handshake = new PendingHandshake(place, clock);
    private final Hub hub = new Hub(Nodes.simple(clock));
    private final HeldTransport held = new HeldTransport(Peer.UNKNOWN, place);
    private final ScriptedTransport session = ScriptedTransport.inline();

    private void connect() {
        handshake.connect(held, to -> hub.connect(to, new RawProtocol("c", Map.of(), "Hello, Client!")));
    }

    private void publish(String text) {
        hub.connect(ScriptedTransport.inline(), new RawProtocol("c", Map.of(), null))
                .receive(Frame.text(text));
    }

    @Test
    void a_client_gets_its_frames_in_order_when_its_session_opens() {
        connect();
        publish("first");
        publish("second");
        handshake.answered(true);
        assertThat(handshake.open()).isTrue();
        Client client = handshake.client(session, Runnable::run);
        publish("third");
        assertThat(client).isNotNull();
        assertThat(session.sent()).containsExactly("Hello, Client!", "first", "second", "third");
    }

    @Test
    void an_answer_is_sent_even_when_the_session_opens_after_the_handshake_was_given_up() {
        List<String> calls = new ArrayList<>();
        handshake.holdBack(new LateAnswer(Requests.proxy(HttpServletResponse.class, (self, method, arguments) -> {
            calls.add(method.getName());
            return null;
        })));
        handshake.answered(true);
        clock.advance(Duration.ofSeconds(1));
        assertThat(handshake.isSettled()).isTrue();
        handshake.sendAnswer();
        handshake.sendAnswer();
        assertThat(calls).containsExactly("flushBuffer");
    }

    @Test
    void a_session_buffers_little_when_the_client_asked_before_it_opened() {
        held.limitBuffering();
        connect();
        handshake.answered(true);
        assertThat(handshake.open()).isTrue();
        handshake.client(session, Runnable::run);
        assertThat(session.isLimited()).isTrue();
    }

    @Test
    @Row("C17")
    void a_client_leaves_its_channel_when_its_handshake_fails() {
        connect();
        assertThat(hub.channelCount()).isOne();
        handshake.answered(false);
        assertThat(hub.clientCount()).isZero();
        assertThat(hub.channelCount()).isZero();
        assertThat(admission.connections()).isZero();
        assertThat(handshake.isSettled()).isTrue();
    }

    @Test
    @Row("C17")
    void a_client_ends_when_its_session_does_not_open_in_time() {
        connect();
        clock.advance(Duration.ofMinutes(1));
        assertThat(handshake.isSettled()).as("the container is still at it").isFalse();
        handshake.answered(true);
        assertThat(handshake.isSettled()).isFalse();
        clock.advance(Duration.ofMillis(700));
        assertThat(handshake.isSettled()).isTrue();
        assertThat(hub.clientCount()).isZero();
        assertThat(admission.connections()).isZero();
        assertThat(handshake.open()).as("a session that opens later").isFalse();
    }

    @Test
    void an_open_session_keeps_its_place_when_the_filter_chain_reports_a_failure() {
        connect();
        assertThat(handshake.open()).isTrue();
        handshake.answered(false);
        clock.advance(Duration.ofMinutes(1));
        assertThat(handshake.isSettled()).isTrue();
        assertThat(hub.clientCount()).isOne();
        assertThat(admission.connections()).isOne();
    }

    @Test
    void a_client_ends_when_the_opening_of_its_session_fails() {
        connect();
        assertThat(handshake.open()).isTrue();
        handshake.fail();
        assertThat(hub.clientCount()).isZero();
        assertThat(admission.connections()).isZero();
    }

    @Test
    void a_client_gets_its_close_code_when_it_was_disconnected_before_its_session_opened() {
        handshake.connect(held, to -> hub.connect(to, new RawProtocol("\u0000", Map.of(), null)));
        assertThat(hub.clientCount()).isZero();
        assertThat(handshake.open()).isTrue();
        Client client = handshake.client(session, Runnable::run);
        assertThat(client).isNotNull();
        assertThat(session.closes()).extracting(Disconnect::code).containsExactly(3501);
        assertThat(session.sent()).isEmpty();
    }

    @Test
    void a_client_ends_when_its_held_write_throws() {
        connect();
        assertThat(handshake.open()).isTrue();
        Client client = handshake.client(
                ScriptedTransport.scripted((frame, completion) -> {
                    throw new IllegalStateException("broken");
                }),
                Runnable::run);
        assertThat(client).isNotNull();
        assertThat(hub.clientCount()).isZero();
    }
}
