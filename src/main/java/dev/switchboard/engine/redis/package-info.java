/** Connects an engine to Redis: commands, scripts, and the messages of channels. */
@NullMarked
package dev.switchboard.engine.redis;

import org.jspecify.annotations.NullMarked;
