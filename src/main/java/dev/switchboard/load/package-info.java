/**
 * Loads a relay with many WebSocket clients on one thread, and measures the latency and the loss of
 * messages.
 */
@NullMarked
package dev.switchboard.load;

import org.jspecify.annotations.NullMarked;
