package dev.switchboard.bench;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.engine.file.FileLog;
import dev.switchboard.engine.file.Sync;
import dev.switchboard.model.ChannelOptions.Retention;
import dev.switchboard.model.ClientInfo;
import dev.switchboard.model.Payload;
import dev.switchboard.model.Publication;
import dev.switchboard.spi.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** Writes the log that a relay finds at its start. */
final class FilledLog {

    private static final int SEGMENT_BYTES = 8 << 20;
    private static final int CHANNELS = 1_000;
    private static final int PUBLICATION_BYTES = 1_024;
    private static final Retention ALL = new Retention(1_000_000, Duration.ofDays(1));

    private FilledLog() {}

    /** Replaces the log in the folder by one with publications of that many MiB. */
    static void write(Path folder, int mebibytes) throws IOException {
        empty(folder);
        FileLog log = new FileLog(folder, Sync.OS, SEGMENT_BYTES, InstantSource.system());
        try (MemoryEngine engine = new MemoryEngine(Long.MAX_VALUE / 4, System::nanoTime, Runnable::run, log)) {
            engine.start(new Silent());
            Publication publication =
                    new Publication(Payload.json("\"" + "x".repeat(PUBLICATION_BYTES - 2) + "\""), null, null);
            long count = (long) mebibytes * 1024 * 1024 / PUBLICATION_BYTES;
            for (long i = 0; i < count; i++) {
                engine.publish("kept:" + i % CHANNELS, publication, ALL)
                        .toCompletableFuture()
                        .join();
            }
        }
    }

    /** Deletes the files of the folder, if there is one. No relay may use it. */
    static void empty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        List<Path> old;
        try (Stream<Path> files = Files.list(folder)) {
            old = files.toList();
        }
        for (Path file : old) {
            Files.delete(file);
        }
    }

    /** Hears nothing. */
    private static final class Silent implements Engine.Feed {

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
