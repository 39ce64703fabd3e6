package dev.switchboard.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.FakeClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimitTest {

    private final FakeClock clock = new FakeClock();
    private final RateLimit limit = new RateLimit(5, clock.getAsLong());

    private int burst() {
        int taken = 0;
        while (limit.take(clock.getAsLong())) {
            taken++;
        }
        return taken;
    }

    @Test
    void a_limit_allows_twice_as_many_after_a_pause_of_any_length() {
        assertThat(burst()).isEqualTo(10);
        clock.advance(Duration.ofSeconds(1));
        assertThat(burst()).isEqualTo(5);
        clock.advance(Duration.ofHours(1));
        assertThat(burst()).isEqualTo(10);
    }

    @Test
    void a_limit_is_not_ignored_when_there_are_pauses_between_refusals() {
        for (int i = 0; i < 30; i++) {
            burst();
            assertThat(limit.isIgnored()).isFalse();
            clock.advance(Duration.ofMillis(1001));
        }
    }

    @Test
    void a_limit_is_ignored_when_refusals_go_on_for_more_than_ten_seconds() {
        for (int second = 0; second <= 10; second++) {
            burst();
            assertThat(limit.isIgnored()).isFalse();
            clock.advance(Duration.ofSeconds(1));
        }
        burst();
        assertThat(limit.isIgnored()).isTrue();
    }
}
