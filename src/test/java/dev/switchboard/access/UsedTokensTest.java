package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A7 of the failure catalogue, within one node. */
class UsedTokensTest {

    private final WallClock clock = new WallClock();
    private final Instant soon = clock.instant().plusSeconds(10);
    private final Instant later = clock.instant().plusSeconds(20);
    private final UsedTokens spent = new UsedTokens(3, clock);

    private void isRefused(String id, Instant end, TokenRejection why) {
        assertThatThrownBy(() -> spent.spend(id, end)).isSameAs(why);
    }

    @Test
    void one_that_lives_is_never_forgotten_where_there_is_no_room_for_more() {
        spent.spend("a", later);
        spent.spend("b", soon);
        spent.spend("c", later);
        isRefused("d", later, TokenRejection.CROWDED);
        isRefused("a", later, TokenRejection.REPLAYED);
        isRefused("b", soon, TokenRejection.REPLAYED);
        isRefused("c", later, TokenRejection.REPLAYED);
    }

    @Test
    void one_that_has_expired_makes_room() {
        spent.spend("a", later);
        spent.spend("b", soon);
        spent.spend("c", later);
        clock.advance(Duration.ofSeconds(10));
        spent.spend("d", later);
        isRefused("e", later, TokenRejection.CROWDED);
        isRefused("a", later, TokenRejection.REPLAYED);
        isRefused("d", later, TokenRejection.REPLAYED);
    }

    @Test
    void one_that_expires_on_its_way_here_does_not_profit_from_being_forgotten() {
        spent.spend("a", soon);
        clock.advance(Duration.ofSeconds(10));
        isRefused("a", soon, TokenRejection.EXPIRED);
    }

    @Test
    void a_hundred_thousand_are_remembered() {
        UsedTokens many = new UsedTokens(100_000, clock);
        String suffix = "x".repeat(6_000); // ids as long as a token can hold would need 600 MB
        for (int i = 0; i < 100_000; i++) {
            many.spend(i + suffix, later.plusSeconds(i % 7));
        }
        assertThatThrownBy(() -> many.spend("one more", later)).isSameAs(TokenRejection.CROWDED);
        assertThatThrownBy(() -> many.spend(0 + suffix, later)).isSameAs(TokenRejection.REPLAYED);
        clock.advance(Duration.ofSeconds(20));
        assertThatNoException().isThrownBy(() -> many.spend("one more", later.plusSeconds(1)));
    }

    @Test
    void of_many_who_come_at_once_one_is_let_in() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Boolean>> uses = IntStream.range(0, 40)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        try {
                            spent.spend("a", later);
                            return true;
                        } catch (TokenRejection replayed) {
                            return false;
                        }
                    })
                    .toList();
            int taken = 0;
            for (Future<Boolean> use : threads.invokeAll(uses)) {
                taken += use.get() ? 1 : 0;
            }
            assertThat(taken).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }
}
