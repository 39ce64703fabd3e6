/** Servers that the benchmark starts beside the relay, each a process of its own with its port as the argument. */
@NullMarked
package dev.switchboard.bench.server;

import org.jspecify.annotations.NullMarked;
