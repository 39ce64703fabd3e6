/**
 * Runs the relay and other servers in rounds, compares them with a yardstick, and writes the
 * report.
 */
@NullMarked
package dev.switchboard.bench;

import org.jspecify.annotations.NullMarked;
