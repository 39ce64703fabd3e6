package dev.switchboard.engine.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.FakeClock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests when the presence is shown, with a trial that finds what the test says. */
class ReadinessTest {

    private final FakeClock clock = new FakeClock();
    private final Link link = new SlowLink();
    private final Readiness readiness = new Readiness(new OneLink(link), this::tried, ready -> {}, clock);
    private String error = "";

    private CompletionStage<?> tried(Place place, String channel) {
        return error.isEmpty()
                ? CompletableFuture.completedStage(null)
                : CompletableFuture.failedStage(new RedisFault(error));
    }

    @BeforeEach
    void connect() {
        readiness.connected(link);
    }

    private void pass(Duration time) {
        clock.advance(time);
        readiness.tick();
    }

    @Test
    void the_presence_stays_hidden_until_the_nodes_have_refreshed_it_after_a_time_without_writes() {
        error = "NOREPLICAS Not enough good replicas to write.";
        pass(Duration.ofSeconds(10));
        assertThat(readiness.showsPresence(link)).isTrue();
        pass(Duration.ofSeconds(60));
        assertThat(readiness.showsPresence(link)).isFalse();
        error = "";
        pass(Duration.ofSeconds(1));
        assertThat(readiness.fault()).isNull();
        assertThat(readiness.showsPresence(link)).isFalse();
        pass(Duration.ofMillis(2_900));
        assertThat(readiness.showsPresence(link)).isFalse();
        pass(Duration.ofMillis(200));
        assertThat(readiness.showsPresence(link)).isTrue();
    }

    @Test
    void the_presence_is_shown_all_the_time_when_redis_soon_takes_writes_again() {
        error = "MISCONF Redis is configured to save RDB snapshots";
        pass(Duration.ofSeconds(10));
        error = "";
        pass(Duration.ofSeconds(10));
        assertThat(readiness.fault()).isNull();
        assertThat(readiness.showsPresence(link)).isTrue();
    }
}
