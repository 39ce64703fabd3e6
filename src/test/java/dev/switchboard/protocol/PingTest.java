package dev.switchboard.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.Client;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.limits.ClientLimits;
import dev.switchboard.model.Disconnect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Checks pings and pongs of the client protocol. */
class PingTest extends ClientProtocolSetup {

    @Test
    void a_ping_is_on_time_and_leaves_before_waiting_frames_when_the_connection_is_busy() {
        ScriptedTransport slow = ScriptedTransport.late();
        Client client = connect(slow);
        slow.complete();
        send(client, "{'subscribe':{'channel':'room'},'id':2}");
        send(client, "{'publish':{'channel':'room','data':1},'id':3}");
        clock.advance(Duration.ofSeconds(9));
        slow.complete(); // the reply to subscribe; the publication is being written
        send(client, "{'publish':{'channel':'room','data':2},'id':4}");
        clock.advance(Duration.ofSeconds(9));
        slow.complete();
        send(client, "{'publish':{'channel':'room','data':3},'id':5}");
        clock.advance(Duration.ofSeconds(8)); // the first ping is due after 25 s at the latest
        hub.check();
        slow.complete();
        assertThat(slow.sent().get(slow.sent().size() - 1)).startsWith("{}\n{\"push\"");
    }

    @Test
    void a_client_gets_pings_at_an_interval_and_is_ended_when_it_does_not_answer() {
        Client client = connected();
        int seconds = 0;
        while (received().isEmpty()) {
            second();
            seconds++;
        }
        assertThat(seconds).isBetween(12, 26);
        assertThat(received()).containsExactly("{}");
        send(client, "{}");
        IntStream.range(0, 24).forEach(i -> second());
        assertThat(received()).hasSize(1);
        second();
        assertThat(received()).containsExactly("{}", "{}");
        IntStream.range(0, 8).forEach(i -> {
            send(client, "{'ping':{},'id':2}"); // no pong
            second();
        });
        assertThat(transport.closes()).isEmpty();
        second();
        assertThat(transport.closes()).containsExactly(Disconnect.NO_PONG);
    }

    private void second() {
        clock.advance(Duration.ofSeconds(1));
        hub.check();
    }

    @Test
    void a_client_gets_no_ping_before_it_connects() {
        hub.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        IntStream.range(0, 10).forEach(i -> second());
        assertThat(transport.sent()).isEmpty();
        assertThat(transport.closes()).isEmpty();
        second();
        assertThat(transport.closes()).containsExactly(Disconnect.STALE);
    }

    @Test
    void clients_that_connect_together_get_their_pings_at_different_times() {
        List<ScriptedTransport> transports =
                IntStream.range(0, 20).mapToObj(i -> ScriptedTransport.inline()).toList();
        transports.forEach(this::connect);
        Set<Long> pinged = new HashSet<>();
        IntStream.range(0, 26).forEach(i -> {
            second();
            pinged.add(transports.stream()
                    .filter(through -> !received(through).isEmpty())
                    .count());
        });
        assertThat(pinged).hasSizeGreaterThan(2).contains(20L);
    }

    @Test
    void a_pong_without_a_ping_is_forgiven_after_a_pong_to_a_ping() {
        Client client = connected();
        for (int ping = 1; ping <= 3; ping++) {
            send(client, "{}"); // a pong without a ping
            while (received().size() < ping && !client.isEnded()) {
                second();
            }
            send(client, "{}");
        }
        assertThat(transport.closes()).isEmpty();
    }

    /** Returns a hub that sends a second ping before the time for a pong is over. */
    private Hub pinging() {
        Duration ten = Duration.ofSeconds(10);
        return new Hub(Nodes.of(
                new ClientLimits(ten, 1_000_000, ten, ten, Duration.ofSeconds(5), Duration.ofSeconds(8), ten, 128),
                engine,
                access,
                clock,
                Runnable::run,
                Runnable::run));
    }

    @Test
    void a_second_ping_does_not_extend_the_time_for_a_pong() {
        Hub pinging = pinging();
        Client client = pinging.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}");
        for (int i = 0; i < 15; i++) {
            clock.advance(Duration.ofSeconds(1));
            pinging.check();
        }
        assertThat(transport.closes()).containsExactly(Disconnect.NO_PONG);
    }

    @Test
    void a_client_stays_when_its_pong_comes_after_a_second_ping_and_in_time() {
        Hub pinging = pinging();
        Client client = pinging.connect(transport, CentrifugeProtocol.json(QUOTA, clock));
        send(client, "{'connect':{},'id':1}");
        List<Integer> pings = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            clock.advance(Duration.ofSeconds(1));
            pinging.check();
            pings.add(received().size());
            if (i >= 6 && pings.get(i - 6) > (i == 6 ? 0 : pings.get(i - 7))) {
                send(client, "{}");
            }
        }
        send(client, "{}");
        send(client, "{}"); // two pings wait for a pong, or one does and the other pong is forgiven
        assertThat(received()).hasSizeGreaterThan(10);
        assertThat(transport.closes()).isEmpty();
    }

    @Test
    void a_pong_counts_at_once_when_a_command_before_is_slow() {
        Client client = connected();
        while (received().isEmpty()) {
            second();
        }
        engine.fallBehind();
        send(client, "{'subscribe':{'channel':'room'},'id':2}", "{}");
        IntStream.range(0, 10).forEach(i -> second());
        assertThat(transport.closes()).isEmpty();
    }
}
