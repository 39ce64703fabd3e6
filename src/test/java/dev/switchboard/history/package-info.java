/**
 * Whether a relay keeps its word: a log of what its clients did and saw, and a checker that judges the log (the delivery contract).
 *
 * <p>Nothing here knows the relay. A {@link dev.switchboard.history.Checker} reads nothing but a log, so that a log that was kept can be judged
 * again. A {@link dev.switchboard.history.Workload} writes the log while it drives a {@link dev.switchboard.history.Target}, which is all that
 * a relay must be wrapped in.
 */
@NullMarked
package dev.switchboard.history;

import org.jspecify.annotations.NullMarked;
