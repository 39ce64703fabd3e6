/** Keeps streams, presence and facts in Redis, and carries events between nodes. */
@NullMarked
package dev.switchboard.engine.redis;

import org.jspecify.annotations.NullMarked;
