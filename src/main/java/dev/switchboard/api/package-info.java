/**
 * Lets an application publish, read and observe the channels of the relay in the same container.
 *
 * <p>Begin with {@link dev.switchboard.api.Switchboard}. The other types are what it takes and
 * returns.
 */
@NullMarked
package dev.switchboard.api;

import org.jspecify.annotations.NullMarked;
