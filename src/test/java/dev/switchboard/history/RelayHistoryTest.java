package dev.switchboard.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.switchboard.hub.FaultyEngine;
import dev.switchboard.model.Publication;
import java.io.IOException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The relay keeps its word: seeded workloads with all that is concurrent in a server, judged by the checker. */
class RelayHistoryTest {

    private static final int PUBLICATIONS = 4000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void what_clients_were_told_is_true(long seed) throws IOException {
        Plan plan = Plan.full(seed, PUBLICATIONS);
        try (MemoryTarget relay = new MemoryTarget(plan.channels(), Set.of(), UnaryOperator.identity())) {
            assertThat(Workload.trial(plan, relay, Demands.FULL)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 9, 10})
    void what_slow_clients_are_given_from_the_history_is_true(long seed) throws IOException {
        Plan plan = Plan.full(seed, PUBLICATIONS);
        try (MemoryTarget relay =
                new MemoryTarget(plan.channels(), Set.of("large:1", "large:2", "small:1"), UnaryOperator.identity())) {
            assertThat(Workload.trial(plan, relay, Demands.FULL)).isEmpty();
            assertThat(relay.rewinds()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7})
    void what_the_feed_loses_is_found_out_and_told(long seed) throws IOException {
        Plan plan = Plan.full(seed, PUBLICATIONS);
        Random random = new Random(seed);
        AtomicInteger heard = new AtomicInteger();
        Predicate<Publication> oneInFifty = publication -> publication.position() != null
                && heard.incrementAndGet()
                        < PUBLICATIONS / 2 // what is lost last is found out by nobody before the next
                && random.nextInt(50) == 0;
        try (MemoryTarget relay = new MemoryTarget(plan.channels(), Set.of("large:1", "small:1"), sound -> {
            FaultyEngine engine = new FaultyEngine(sound);
            engine.lose(oneInFifty);
            return engine;
        })) {
            assertThat(Workload.trial(plan, relay, Demands.FULL)).isEmpty();
        }
    }
}
