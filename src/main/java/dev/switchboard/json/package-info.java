/** Reads and writes JSON (RFC 8259) as text, without binding it to objects. */
@NullMarked
package dev.switchboard.json;

import org.jspecify.annotations.NullMarked;
