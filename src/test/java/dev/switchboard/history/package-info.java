/**
 * Histories: logs of what the clients of a relay did and saw, and a checker that judges them by the
 * delivery contract.
 *
 * <p>A {@link dev.switchboard.history.Workload} drives a {@link dev.switchboard.history.Target},
 * which wraps a relay, and writes the log. A {@link dev.switchboard.history.Checker} reads only a
 * log, so that a log on disk can be judged again.
 */
@NullMarked
package dev.switchboard.history;

import org.jspecify.annotations.NullMarked;
