package dev.switchboard.engine;

import dev.switchboard.engine.file.FileLog;
import dev.switchboard.engine.file.Sync;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.spi.Engine;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileEngineTest implements EngineContract {

    @TempDir
    Path folder;

    private final FakeClock clock = new FakeClock();
    private @Nullable MemoryEngine engine;

    @Override
    public Engine engine() {
        return engine(100_000);
    }

    private Engine engine(long historyBytes) {
        FileLog log = new FileLog(folder, sync(), 1 << 20, () -> Instant.EPOCH);
        engine = new MemoryEngine(historyBytes, clock, Runnable::run, log);
        return engine;
    }

    Sync sync() {
        return Sync.OS;
    }

    @AfterEach
    void close() {
        if (engine != null) {
            engine.close();
        }
    }

    @Override
    public void pass(Duration time) {
        clock.advance(time);
    }

    @Test
    void a_client_recovers_a_thousand_publications() {
        LongRecovery.check(engine(10_000_000));
    }
}
