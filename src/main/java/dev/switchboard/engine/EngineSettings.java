package dev.switchboard.engine;

import dev.switchboard.engine.file.Sync;
import dev.switchboard.engine.redis.RedisSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Says where streams are kept.
 *
 * @param path the folder of the log; null for none
 * @param sync when the log is flushed to the disk
 * @param redis has no servers, unless several nodes share Redis
 */
public record EngineSettings(@Nullable Path path, Sync sync, RedisSettings redis) {}
