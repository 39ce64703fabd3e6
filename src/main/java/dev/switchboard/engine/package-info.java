/** Where publications travel and rest: each engine appends to streams, knows who is present, and feeds the hub. */
@NullMarked
package dev.switchboard.engine;

import org.jspecify.annotations.NullMarked;
