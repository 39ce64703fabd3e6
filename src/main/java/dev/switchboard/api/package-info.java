/**
 * Lets an application publish, read and observe the channels of the relay in the same container.
 *
 * <p>{@link dev.switchboard.api.Switchboard} is the way in. All other types are values.
 */
@NullMarked
package dev.switchboard.api;

import org.jspecify.annotations.NullMarked;
