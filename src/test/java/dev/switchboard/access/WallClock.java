package dev.switchboard.access;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A wall clock that moves when a test says so. */
final class WallClock implements InstantSource {

    private volatile Instant now = Instant.ofEpochSecond(1_000_000);

    @Override
    public Instant instant() {
        return now;
    }

    void advance(Duration by) {
        now = now.plus(by);
    }
}
