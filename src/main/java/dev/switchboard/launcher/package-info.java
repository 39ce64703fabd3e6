/** {@code java -jar switchboard.war}: the embedded container and the command line; no other package knows of it. */
@NullMarked
package dev.switchboard.launcher;

import org.jspecify.annotations.NullMarked;
