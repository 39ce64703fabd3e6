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
 * Stops hook requests while the application is down, and allows a few trials every few seconds.
 *
 * <p>No client can open the breaker alone: of consecutive failures of one requester only the first
 * counts. Any thread.
 */
final class Breaker {

    /** The number of latest requests that are judged. */
    private static final int WINDOW = 20;

    /** The number of requests before the first judgement. */
    private static final int MIN_REQUESTS = 5;

    /** The percentage of failures from which on the application is down. */
    private static final int FAILED_PERCENT = 50;

    /** The time without requests, after which the application is tried again. */
    static final Duration REST = Duration.ofSeconds(5);

    /** The number of requests that try the application again. */
    private static final int TRIALS = 3;

    private static final Duration UNBOUNDED = Duration.ofDays(1);

    /** Hears of changes, on the thread of the request that causes the change. */
    interface Listener {
        /** The application is down now. */
        void opened();

        /** The application replies again. */
        void closed();
    }

    private final CircuitBreaker breaker;
    private final AtomicReference<@Nullable String> lastRequester = new AtomicReference<>();

    Breaker(String name, LongSupplier nanoTime, Listener listener) {
        breaker = CircuitBreaker.of(
                name,
                CircuitBreakerConfig.custom()
                        .slidingWindow(WINDOW, MIN_REQUESTS, SlidingWindowType.COUNT_BASED)
                        .failureRateThreshold(FAILED_PERCENT)
                        .waitDurationInOpenState(REST)
                        .slowCallDurationThreshold(UNBOUNDED) // only the timeout of the request decides
                        .permittedNumberOfCallsInHalfOpenState(TRIALS)
                        .clock(new MonotonicClock(nanoTime))
                        .build());
        breaker.getEventPublisher().onStateTransition(change -> {
            State from = change.getStateTransition().getFromState();
            State to = change.getStateTransition().getToState();
            if (from == State.CLOSED && to == State.OPEN) { // trials that fail tell the listener nothing
                listener.opened();
            } else if (to == State.CLOSED) {
                listener.closed();
            }
        });
    }

    /**
     * Returns whether a request may be sent. If so, the caller must call one of the next three
     * methods.
     */
    boolean admits() {
        return breaker.tryAcquirePermission();
    }

    /** Records a reply, whatever its content. */
    void replied(long nanos) {
        breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
    }

    /** Records a failure that no client can cause. */
    void failed(long nanos, Throwable failure) {
        breaker.onError(nanos, TimeUnit.NANOSECONDS, failure);
    }

    /** Records a failure that the requester may have caused. */
    void failed(long nanos, Throwable failure, String requester) {
        if (requester.equals(lastRequester.getAndSet(requester))) {
            breaker.releasePermission();
        } else {
            failed(nanos, failure);
        }
    }

    /** Returns whether the application is down. */
    boolean isOpen() {
        return breaker.getState() != State.CLOSED;
    }

    /**
     * Gives the library a monotonic clock. If a wall clock were set back, the library would wait
     * too long before the next trial.
     */
    private static final class MonotonicClock extends Clock {
        private final LongSupplier nanoTime;
        private final long start;

        MonotonicClock(LongSupplier nanoTime) {
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
