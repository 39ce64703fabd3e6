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
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PendingHandshakeTest {

    private static final int MANY = 1_000_000;

    private final FakeClock clock = new FakeClock();
    private final Admission admission = new Admission(new NodeLimits(MANY, MANY, MANY, MANY, MANY, MANY, MANY), clock);
    private final Admission.Place place = (Admission.Place) admission.take("192.0.2.1");
    private final PendingHandshake arrival = new PendingHandshake(place, clock);
    private final Hub hub = new Hub(Nodes.simple(clock));
    private final HeldTransport held = new HeldTransport(Peer.UNKNOWN, place);
    private final ScriptedTransport session = ScriptedTransport.inline();

    private void connect() {
        arrival.connect(held, to -> hub.connect(to, new RawProtocol("c", Map.of(), "Hello, Client!")));
    }

    private void publish(String text) {
        hub.connect(ScriptedTransport.inline(), new RawProtocol("c", Map.of(), null))
                .receive(Frame.text(text));
    }

    @Test
    void a_client_is_in_its_channel_before_its_session_is_open_and_gets_all_in_order_then() {
        connect();
        publish("first");
        publish("second");
        arrival.answered(true);
        assertThat(arrival.open()).isTrue();
        Client client = arrival.client(session, Runnable::run);
        publish("third");
        assertThat(client).isNotNull();
        assertThat(session.sent()).containsExactly("Hello, Client!", "first", "second", "third");
    }

    @Test
    void a_session_that_opens_later_buffers_little_if_the_client_is_to_have_little() {
        held.limitBuffering();
        connect();
        arrival.answered(true);
        assertThat(arrival.open()).isTrue();
        arrival.client(session, Runnable::run);
        assertThat(session.isLimited()).isTrue();
    }

    @Test
    @Row("C17")
    void a_client_whose_handshake_fails_is_in_no_channel_any_more() {
        connect();
        assertThat(hub.channelCount()).isOne();
        arrival.answered(false);
        assertThat(hub.clientCount()).isZero();
        assertThat(hub.channelCount()).isZero();
        assertThat(admission.connections()).isZero();
        assertThat(arrival.isSettled()).isTrue();
    }

    @Test
    @Row("C17")
    void a_client_whose_session_does_not_open_in_time_is_gone() {
        connect();
        clock.advance(Duration.ofMinutes(1));
        assertThat(arrival.isSettled()).as("the container is still at it").isFalse();
        arrival.answered(true);
        assertThat(arrival.isSettled()).isFalse();
        clock.advance(Duration.ofMillis(700));
        assertThat(arrival.isSettled()).isTrue();
        assertThat(hub.clientCount()).isZero();
        assertThat(admission.connections()).isZero();
        assertThat(arrival.open()).as("a session that opens later").isFalse();
    }

    @Test
    void a_session_that_is_open_keeps_its_place_whatever_the_filter_chain_says_afterwards() {
        connect();
        assertThat(arrival.open()).isTrue();
        arrival.answered(false);
        clock.advance(Duration.ofMinutes(1));
        assertThat(arrival.isSettled()).isTrue();
        assertThat(hub.clientCount()).isOne();
        assertThat(admission.connections()).isOne();
    }

    @Test
    void a_session_that_opens_and_does_not_work_leaves_no_client() {
        connect();
        assertThat(arrival.open()).isTrue();
        arrival.fail();
        assertThat(hub.clientCount()).isZero();
        assertThat(admission.connections()).isZero();
    }

    @Test
    void a_client_that_is_sent_away_before_its_session_is_open_is_told_why() {
        arrival.connect(held, to -> hub.connect(to, new RawProtocol("\u0000", Map.of(), null)));
        assertThat(hub.clientCount()).isZero();
        assertThat(arrival.open()).isTrue();
        Client client = arrival.client(session, Runnable::run);
        assertThat(client).isNotNull();
        assertThat(session.closes()).extracting(Disconnect::code).containsExactly(3501);
        assertThat(session.sent()).isEmpty();
    }

    @Test
    void a_first_write_that_throws_ends_the_client() {
        connect();
        assertThat(arrival.open()).isTrue();
        Client client = arrival.client(
                ScriptedTransport.scripted((frame, completion) -> {
                    throw new IllegalStateException("broken");
                }),
                Runnable::run);
        assertThat(client).isNotNull();
        assertThat(hub.clientCount()).isZero();
    }
}
