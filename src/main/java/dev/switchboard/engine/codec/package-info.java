/** Turns publications and what belongs to them into bytes, for logs and servers. */
@NullMarked
package dev.switchboard.engine.codec;

import org.jspecify.annotations.NullMarked;
