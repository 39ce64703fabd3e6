package dev.switchboard.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.model.ClientError;
import dev.switchboard.spi.Ledger;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A7 of the failure catalogue, within one node. */
class UsedTokensTest {

    private final WallClock clock = new WallClock();
    private final Instant soon = clock.instant().plusSeconds(10);
    private final Instant later = clock.instant().plusSeconds(20);
    private final UsedTokens used = new UsedTokens(3, clock, Ledger.NONE);

    private void isRefused(String id, Instant end, TokenRejection rejection) {
        assertThatThrownBy(() -> used.use(id, end)).isSameAs(rejection);
    }

    @Test
    void use_refuses_a_new_token_and_forgets_none_if_there_are_too_many() {
        used.use("a", later);
        used.use("b", soon);
        used.use("c", later);
        isRefused("d", later, TokenRejection.CROWDED);
        isRefused("a", later, TokenRejection.REPLAYED);
        isRefused("b", soon, TokenRejection.REPLAYED);
        isRefused("c", later, TokenRejection.REPLAYED);
    }

    @Test
    void use_forgets_a_token_that_has_expired() {
        used.use("a", later);
        used.use("b", soon);
        used.use("c", later);
        clock.advance(Duration.ofSeconds(10));
        used.use("d", later);
        isRefused("e", later, TokenRejection.CROWDED);
        isRefused("a", later, TokenRejection.REPLAYED);
        isRefused("d", later, TokenRejection.REPLAYED);
    }

    @Test
    void use_refuses_a_token_that_has_expired() {
        used.use("a", soon);
        clock.advance(Duration.ofSeconds(10));
        isRefused("a", soon, TokenRejection.EXPIRED);
    }

    @Test
    void use_remembers_a_hundred_thousand_tokens() {
        UsedTokens many = new UsedTokens(100_000, clock, Ledger.NONE);
        String suffix = "x".repeat(6_000); // ids as long as a token can hold would need 600 MB
        for (int i = 0; i < 100_000; i++) {
            many.use(i + suffix, later.plusSeconds(i % 7));
        }
        assertThatThrownBy(() -> many.use("one more", later)).isSameAs(TokenRejection.CROWDED);
        assertThatThrownBy(() -> many.use(0 + suffix, later)).isSameAs(TokenRejection.REPLAYED);
        clock.advance(Duration.ofSeconds(20));
        assertThatNoException().isThrownBy(() -> many.use("one more", later.plusSeconds(1)));
    }

    @Test
    void use_accepts_one_of_many_concurrent_uses() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Boolean>> uses = IntStream.range(0, 40)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        try {
                            used.use("a", later);
                            return true;
                        } catch (TokenRejection replayed) {
                            return false;
                        }
                    })
                    .toList();
            int accepted = 0;
            for (Future<Boolean> use : threads.invokeAll(uses)) {
                accepted += use.get() ? 1 : 0;
            }
            assertThat(accepted).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void a_used_token_stays_used_after_a_restart_with_a_ledger() {
        Map<String, Instant> kept = new HashMap<>();
        Ledger ledger = new Ledger() {
            @Override
            public CompletionStage<Boolean> claim(String kind, String name, Instant end) {
                return CompletableFuture.completedStage(kept.put(name, end) == null);
            }

            @Override
            public void follow(String kind, Reader reader) {
                kept.forEach((name, end) -> reader.fact(name, "", end));
            }
        };
        Instant end = clock.instant().plusSeconds(60);
        new UsedTokens(3, clock, ledger).use("a", end);
        UsedTokens after = new UsedTokens(3, clock, ledger);
        assertThatThrownBy(() -> after.use("a", end)).isEqualTo(TokenRejection.REPLAYED);
        after.use("b", end);
        assertThat(kept).hasSize(2);
    }

    @Test
    void a_token_that_another_node_has_accepted_is_refused() {
        Set<String> shared = new HashSet<>();
        Ledger ledger = new Ledger() {
            @Override
            public CompletionStage<Boolean> claim(String kind, String name, Instant end) {
                return CompletableFuture.completedStage(shared.add(name));
            }
        };
        assertThat(new UsedTokens(3, clock, ledger).use("a", later)).isCompleted();
        assertThatThrownBy(() -> join(new UsedTokens(3, clock, ledger).use("a", later)))
                .hasCause(TokenRejection.REPLAYED);
    }

    @Test
    void a_token_counts_as_unused_if_the_ledger_cannot_keep_the_use() {
        AtomicReference<@Nullable ClientError> fault = new AtomicReference<>(ClientError.INTERNAL);
        UsedTokens tokens = new UsedTokens(3, clock, new Ledger() {
            @Override
            public CompletionStage<Boolean> claim(String kind, String name, Instant end) {
                ClientError now = fault.get();
                return now == null ? CompletableFuture.completedStage(true) : CompletableFuture.failedStage(now);
            }
        });
        assertThatThrownBy(() -> join(tokens.use("a", later))).hasCause(ClientError.INTERNAL);
        fault.set(null);
        assertThat(tokens.use("a", later)).isCompleted();
    }

    private static void join(CompletionStage<?> stage) {
        stage.toCompletableFuture().join();
    }
}
