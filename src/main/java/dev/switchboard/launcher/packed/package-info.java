/** Reads the WAR into memory, with the JARs within it, and loads classes and pages from there. */
@NullMarked
package dev.switchboard.launcher.packed;

import org.jspecify.annotations.NullMarked;
