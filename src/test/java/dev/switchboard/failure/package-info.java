/** The failure catalogue, and the page that tells which of its rows the tests have proven. */
@NullMarked
package dev.switchboard.failure;

import org.jspecify.annotations.NullMarked;
