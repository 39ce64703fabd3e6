package dev.switchboard;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.engine.StreamLog;
import dev.switchboard.engine.TimedEngine;
import dev.switchboard.engine.file.FileLog;
import dev.switchboard.spi.Cluster;
import dev.switchboard.spi.Engine;
import dev.switchboard.spi.Ledger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Keeps streams in memory, for a relay of one node, and records them in a log if there is one. */
final class LocalStorage implements Storage {

    /** The maximum time of a call to the engine. */
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** The time between two removals of expired publications. */
    private static final Duration SWEEP = Duration.ofSeconds(10);

    /** The bytes of a file of the log, at least. */
    private static final int MIN_LOG_FILE = 8 << 20;

    private static final int MAX_LOG_FILE = 1 << 30;

    /** The largest publications that a file of the log has room for, at least. */
    private static final long RECORDS_IN_LOG_FILE = 4;

    private final MemoryEngine memory;
    private final Engine engine;
    private final Ledger ledger;

    /** {@code log} is null for none, and is closed with this storage. */
    LocalStorage(Settings settings, @Nullable FileLog log, Threads threads) {
        memory = new MemoryEngine(
                settings.historyBytes(), System::nanoTime, threads.writers(), log == null ? StreamLog.NONE : log);
        engine = new TimedEngine(memory, TIMEOUT, threads.watchdog(), threads.writers());
        ledger = log == null ? Ledger.NONE : log.ledger();
        threads.repeat(SWEEP, memory::sweep);
    }

    /**
     * Opens the log that the settings ask for; null for none.
     *
     * @throws IllegalArgumentException if its folder cannot be used
     */
    static @Nullable FileLog log(Settings settings) {
        Path path = settings.engine().path();
        if (path == null) {
            return null;
        }
        long record = Math.max(settings.messageBytes(), settings.api().messageBytes());
        int file = (int) Math.min(MAX_LOG_FILE, Math.max(MIN_LOG_FILE, RECORDS_IN_LOG_FILE * record));
        try {
            return new FileLog(path, settings.engine().sync(), file, InstantSource.system());
        } catch (IllegalArgumentException refused) {
            throw new IllegalArgumentException("switchboard.engine.path=" + path + ": " + refused.getMessage());
        }
    }

    @Override
    public Engine engine() {
        return engine;
    }

    @Override
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public Cluster cluster() {
        return Cluster.ALONE;
    }

    @Override
    public void close() {
        memory.close();
    }
}
