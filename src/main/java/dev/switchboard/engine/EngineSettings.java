package dev.switchboard.engine;

import dev.switchboard.engine.file.Sync;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Says where streams are kept.
 *
 * @param path the folder of the log, null to keep streams in memory alone
 * @param sync when the log is flushed to the disk
 */
public record EngineSettings(@Nullable Path path, Sync sync) {}
