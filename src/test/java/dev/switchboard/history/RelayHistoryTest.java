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

/** Runs seeded workloads against the relay with real threads, and judges their logs. */
class RelayHistoryTest {

    private static final int PUBLICATIONS = 4000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void the_relay_breaks_no_invariant(long seed) throws IOException {
        Plan plan = Plan.full(seed, PUBLICATIONS);
        try (MemoryTarget relay = new MemoryTarget(plan.channels(), Set.of(), UnaryOperator.identity())) {
            assertThat(Workload.trial(plan, relay, Requirements.FULL)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 9, 10})
    void the_relay_breaks_no_invariant_when_slow_clients_are_rewound(long seed) throws IOException {
        Plan plan = Plan.full(seed, PUBLICATIONS);
        try (MemoryTarget relay =
                new MemoryTarget(plan.channels(), Set.of("large:1", "large:2", "small:1"), UnaryOperator.identity())) {
            assertThat(Workload.trial(plan, relay, Requirements.FULL)).isEmpty();
            assertThat(relay.rewinds()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7})
    void the_relay_breaks_no_invariant_when_the_feed_loses_publications(long seed) throws IOException {
        Plan plan = Plan.full(seed, PUBLICATIONS);
        Random random = new Random(seed);
        AtomicInteger heard = new AtomicInteger();
        Predicate<Publication> oneInFifty = publication -> publication.position() != null
                && heard.incrementAndGet() < PUBLICATIONS / 2 // a loss is noticed only at the next publication
                && random.nextInt(50) == 0;
        try (MemoryTarget relay = new MemoryTarget(plan.channels(), Set.of("large:1", "small:1"), sound -> {
            FaultyEngine engine = new FaultyEngine(sound);
            engine.lose(oneInFifty);
            return engine;
        })) {
            assertThat(Workload.trial(plan, relay, Requirements.FULL)).isEmpty();
        }
    }
}
