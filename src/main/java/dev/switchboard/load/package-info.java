/** Loads any relay with many WebSocket clients on one thread and measures what arrives, when, and what does not. */
@NullMarked
package dev.switchboard.load;

import org.jspecify.annotations.NullMarked;
