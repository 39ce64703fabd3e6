package dev.switchboard.engine.file;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.hub.FakeClock;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.History;
import dev.switchboard.model.HistoryQuery;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Position;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An engine with a log in a folder, which a test can start again. */
final class FileEngine implements AutoCloseable {

    static final Retention HUNDRED = new Retention(100, Duration.ofMinutes(1));

    /** A machine on which a copied file is the file itself, so that a copied folder stands for a killed process. */
    static final Machine MACHINE = new Machine("boot", file -> 7);

    private static final long BEGIN = new FakeClock().getAsLong();

    final MemoryEngine engine;

    FileEngine(Path folder, Sync sync, int segmentBytes, FakeClock clock, Machine machine) {
        FileLog log = new FileLog(LogFolder.open(folder), sync, segmentBytes, wall(clock), machine);
        engine = new MemoryEngine(1 << 20, clock, Runnable::run, log);
        engine.start(new Silent());
    }

    /** Returns the time of day, which moves with the clock. */
    static InstantSource wall(FakeClock clock) {
        return () -> Instant.ofEpochSecond(1_000_000, clock.getAsLong() - BEGIN);
    }

    /** An engine whose machine does not start again. */
    static FileEngine in(Path folder) {
        return new FileEngine(folder, Sync.OS, 1 << 16, new FakeClock(), MACHINE);
    }

    static <T extends @Nullable Object> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    Position publish(String channel, String text) {
        Position position = now(engine.publish(channel, publication(text), HUNDRED));
        return Objects.requireNonNull(position);
    }

    static Publication publication(String text) {
        return new Publication(Payload.json(text), null, null);
    }

    History history(String channel) {
        return now(engine.history(channel, HistoryQuery.newest(-1), HUNDRED));
    }

    List<@Nullable String> texts(String channel) {
        return history(channel).publications().stream()
                .map(publication -> publication.data().frame().text())
                .toList();
    }

    @Override
    public void close() {
        engine.close();
    }

    /** Hears nothing. */
    static class Silent implements Engine.Feed {
        @Override
        public Runnable published(String channel, Publication publication) {
            return () -> {};
        }

        @Override
        public Runnable joined(String channel, ClientInfo who) {
            return () -> {};
        }

        @Override
        public Runnable left(String channel, ClientInfo who) {
            return () -> {};
        }
    }
}
