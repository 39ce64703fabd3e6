/** Tests the connection to Redis, with real servers that the tests start. */
@NullMarked
package dev.switchboard.engine.redis;

import org.jspecify.annotations.NullMarked;
