/**
 * Runs {@code java -jar switchboard.war}: the server and the commands. No other package knows this
 * one.
 */
@NullMarked
package dev.switchboard.launcher;

import org.jspecify.annotations.NullMarked;
