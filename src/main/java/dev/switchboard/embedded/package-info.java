/** Implements the Java API, and connects it to JTA and CDI in containers that have them. */
@NullMarked
package dev.switchboard.embedded;

import org.jspecify.annotations.NullMarked;
