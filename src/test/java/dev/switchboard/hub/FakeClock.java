package dev.switchboard.hub;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Monotonic time that moves when a test says so. */
public final class FakeClock implements LongSupplier {

    private final AtomicLong nanos =
            new AtomicLong(Long.MAX_VALUE - 1_000_000_000L); // nanoTime may wrap, so this one soon does

    @Override
    public long getAsLong() {
        return nanos.get();
    }

    public void advance(Duration by) {
        nanos.addAndGet(by.toNanos());
    }
}
