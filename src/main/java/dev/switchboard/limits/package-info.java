/** Holds the limits, clocks and counters of a node and of its clients. */
@NullMarked
package dev.switchboard.limits;

import org.jspecify.annotations.NullMarked;
