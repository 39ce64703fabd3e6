package dev.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.limits.Admission.Refusal;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DrainTest {

    private final FakeClock clock = new FakeClock();
    private final Node node = Nodes.clocked(100_000, clock, Runnable::run);
    private final Hub hub = new Hub(node);

    private Client newClient(ScriptedTransport transport) {
        return hub.connect(transport, new AdmissionTest.SilentProtocol());
    }

    @Test
    void a_new_client_is_disconnected_when_the_drain_has_begun() {
        Drain drain = new Drain(hub, Disconnect.SHUTDOWN, 10, clock);
        assertThat(node.admission().refusal("192.0.2.1")).isEqualTo(Refusal.DRAINING);
        assertThat(node.admission().isDraining()).isTrue();
        ScriptedTransport late = ScriptedTransport.inline();
        newClient(late);
        assertThat(late.closes()).containsExactly(Disconnect.SHUTDOWN);
        assertThat(drain.step()).isTrue();
    }

    @Test
    void a_step_disconnects_no_more_clients_than_its_limit() {
        List<ScriptedTransport> transports =
                IntStream.range(0, 25).mapToObj(i -> ScriptedTransport.inline()).toList();
        transports.forEach(this::newClient);
        Drain drain = new Drain(hub, Disconnect.SHUTDOWN, 10, clock);
        assertThat(drain.step()).isFalse();
        assertThat(hub.clientCount()).isEqualTo(15);
        assertThat(drain.step()).isFalse();
        assertThat(hub.clientCount()).isEqualTo(5);
        assertThat(drain.step()).isTrue();
        assertThat(hub.clientCount()).isZero();
        assertThat(transports)
                .allSatisfy(transport -> assertThat(transport.closes()).containsExactly(Disconnect.SHUTDOWN));
    }

    @Test
    void a_client_is_disconnected_when_its_frames_are_written_or_after_two_seconds() {
        ScriptedTransport reader = ScriptedTransport.late();
        ScriptedTransport silent = ScriptedTransport.late();
        newClient(reader).send(Frame.text("read me first"));
        newClient(silent).send(Frame.text("never read"));
        Drain drain = new Drain(hub, Disconnect.SHUTDOWN, 10, clock);
        assertThat(drain.step()).isFalse();
        assertThat(hub.clientCount()).isEqualTo(2);
        reader.complete();
        clock.advance(Duration.ofSeconds(1));
        assertThat(drain.step()).isFalse();
        assertThat(reader.closes()).containsExactly(Disconnect.SHUTDOWN);
        assertThat(silent.closes()).isEmpty();
        clock.advance(Duration.ofMillis(1_001));
        assertThat(drain.step()).isTrue();
        assertThat(silent.closes()).containsExactly(Disconnect.SHUTDOWN);
    }
}
