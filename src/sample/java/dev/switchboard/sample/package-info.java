/**
 * Shows an application with the relay inside: {@link dev.switchboard.sample.Orders} with CDI,
 * {@link dev.switchboard.sample.OrderBoard} without.
 */
@NullMarked
package dev.switchboard.sample;

import org.jspecify.annotations.NullMarked;
