package dev.switchboard.hooks;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Leaves an application alone that is down, and tries every few seconds whether it is back.
 *
 * <p>No client can make it open alone: of the failures of one party in a row the first counts. Any thread.
 */
final class Breaker {

    /** Of this many answers ... */
    private static final int WINDOW = 20;

    /** ... or at first of this many, ... */
    private static final int FEWEST = 5;

    /** ... if this part of a hundred failed, the application counts as dead, ... */
    private static final int FAILED_PERCENT = 50;

    /** ... and is left alone for so long, after which it is tried again ... */
    static final Duration REST = Duration.ofSeconds(5);

    /** ... with this many. */
    private static final int TRIALS = 3;

    private static final Duration UNBOUNDED = Duration.ofDays(1);

    /** Hears when the application dies and when it lives again. */
    interface Listener {
        void died();

        void lives();
    }

    private final CircuitBreaker breaker;
    private final AtomicReference<@Nullable String> last = new AtomicReference<>();

    Breaker(String name, LongSupplier nanoTime, Listener listener) {
        breaker = CircuitBreaker.of(
                name,
                CircuitBreakerConfig.custom()
                        .slidingWindow(WINDOW, FEWEST, SlidingWindowType.COUNT_BASED)
                        .failureRateThreshold(FAILED_PERCENT)
                        .waitDurationInOpenState(REST)
                        .slowCallDurationThreshold(UNBOUNDED) // a timeout alone says what is slow
                        .permittedNumberOfCallsInHalfOpenState(TRIALS)
                        .clock(new Monotonic(nanoTime))
                        .build());
        breaker.getEventPublisher().onStateTransition(change -> {
            State from = change.getStateTransition().getFromState();
            State to = change.getStateTransition().getToState();
            if (from == State.CLOSED && to == State.OPEN) { // once, whatever is tried meanwhile
                listener.died();
            } else if (to == State.CLOSED) {
                listener.lives();
            }
        });
    }

    /** Returns whether the application may be asked; one of the next three methods must follow if it may. */
    boolean admits() {
        return breaker.tryAcquirePermission();
    }

    /** Takes note of an answer, whatever it says. */
    void answered(long nanos) {
        breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
    }

    /** Takes note of a failure of which no client can be the cause. */
    void failed(long nanos, Throwable failure) {
        breaker.onError(nanos, TimeUnit.NANOSECONDS, failure);
    }

    /** Takes note of a failure of which the party may be the cause. */
    void failed(long nanos, Throwable failure, String party) {
        if (party.equals(last.getAndSet(party))) {
            breaker.releasePermission();
        } else {
            failed(nanos, failure);
        }
    }

    /** Returns whether the application counts as dead. */
    boolean isOpen() {
        return breaker.getState() != State.CLOSED;
    }

    /** The relay's clock in the library's words: by a wall clock that is set back a dead application would never be tried again. */
    private static final class Monotonic extends Clock {
        private final LongSupplier nanoTime;
        private final long start;

        Monotonic(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
            this.start = nanoTime.getAsLong();
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(nanoTime.getAsLong() - start);
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
