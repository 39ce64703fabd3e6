package dev.switchboard.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.failure.Row;
import dev.switchboard.hub.AdmissionTest;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.hub.Hub;
import dev.switchboard.hub.Node;
import dev.switchboard.hub.Nodes;
import dev.switchboard.hub.OpenAccess;
import dev.switchboard.hub.Revocations;
import dev.switchboard.hub.ScriptedTransport;
import dev.switchboard.model.Frame;
import dev.switchboard.spi.Application;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Ledger;
import dev.switchboard.spi.Witness;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PauseAwareClockTest {

    private final FakeClock clock = new FakeClock();
    private final LongAdder pauses = new LongAdder();
    private final PauseAwareClock uptime = new PauseAwareClock(clock, pauses);
    private final long start = uptime.getAsLong();

    private Duration passed() {
        return Duration.ofNanos(uptime.getAsLong() - start);
    }

    @Test
    void the_clock_runs_on_when_beats_are_close_together() {
        IntStream.range(0, 60).forEach(i -> {
            clock.advance(Duration.ofMillis(i % 2 == 0 ? 900 : 2_900));
            uptime.beat();
        });
        assertThat(passed()).isEqualTo(Duration.ofMillis(30 * 3_800));
        assertThat(pauses.sum()).isZero();
    }

    @Test
    void the_clock_stands_still_when_two_beats_are_far_apart() {
        clock.advance(Duration.ofSeconds(1));
        uptime.beat();
        clock.advance(Duration.ofSeconds(15));
        uptime.beat();
        clock.advance(Duration.ofSeconds(1));
        uptime.beat();
        assertThat(passed()).isEqualTo(Duration.ofSeconds(2));
        assertThat(pauses.sum()).isEqualTo(1);
    }

    @Test
    void the_clock_runs_on_when_the_work_after_a_beat_is_long() {
        for (int i = 0; i < 5; i++) {
            uptime.beat();
            clock.advance(Duration.ofSeconds(4));
            uptime.rest();
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(passed()).isEqualTo(Duration.ofSeconds(25));
        assertThat(pauses.sum()).isZero();
    }

    @Test
    @Row("S10")
    void a_client_stays_connected_when_the_process_pauses_but_not_when_its_silence_goes_on() {
        Counters counters = new Counters();
        PauseAwareClock running = new PauseAwareClock(clock, counters.pauses());
        Hub hub = new Hub(new Node(
                Nodes.limits(100_000),
                Nodes.memory(clock),
                Cluster.ALONE,
                new OpenAccess(),
                Application.NONE,
                new Revocations(InstantSource.system(), Ledger.NONE),
                InstantSource.system(),
                clock,
                running,
                new Admission(Nodes.UNBOUNDED, clock),
                counters,
                Runnable::run,
                Runnable::run,
                Runnable::run,
                Runnable::run,
                new EventLog(Runnable::run, clock, EventLog.Format.TEXT),
                Witness.NONE));
        ScriptedTransport stuck = ScriptedTransport.late();
        hub.connect(stuck, new AdmissionTest.SilentProtocol()).send(Frame.text("never written"));
        clock.advance(Duration.ofSeconds(1));
        running.beat();
        clock.advance(Duration.ofSeconds(60));
        running.beat();
        hub.check();
        assertThat(stuck.closes()).isEmpty();
        IntStream.range(0, 10).forEach(i -> {
            clock.advance(Duration.ofSeconds(1));
            running.beat();
            hub.check();
        });
        assertThat(stuck.closes()).hasSize(1);
        assertThat(counters.pauses().sum()).isEqualTo(1);
    }
}
