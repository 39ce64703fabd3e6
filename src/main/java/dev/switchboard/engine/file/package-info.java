/** Keeps the streams of an engine in files, so that a restart of the relay loses none of them. */
@NullMarked
package dev.switchboard.engine.file;

import org.jspecify.annotations.NullMarked;
