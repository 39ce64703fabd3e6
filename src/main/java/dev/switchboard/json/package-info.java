/** Reads and writes JSON (RFC 8259) as text, and binds nothing. */
@NullMarked
package dev.switchboard.json;

import org.jspecify.annotations.NullMarked;
