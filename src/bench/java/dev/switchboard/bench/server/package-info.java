/**
 * The servers beside the relay. The benchmark starts each as a process, with its port as the
 * argument.
 */
@NullMarked
package dev.switchboard.bench.server;

import org.jspecify.annotations.NullMarked;
