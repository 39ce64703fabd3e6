/** The relay for Java code in the same container: plain interfaces and records, in a jar of their own. */
@NullMarked
package dev.switchboard.api;

import org.jspecify.annotations.NullMarked;
