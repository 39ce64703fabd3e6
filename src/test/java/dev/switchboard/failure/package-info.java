/** The failure catalogue, and the page of the rows that tests have proven. */
@NullMarked
package dev.switchboard.failure;

import org.jspecify.annotations.NullMarked;
