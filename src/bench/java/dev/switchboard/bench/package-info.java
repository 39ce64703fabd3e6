/** The end-to-end benchmark: the relay and its peers beside a yardstick, in rounds, and the report of it. */
@NullMarked
package dev.switchboard.bench;

import org.jspecify.annotations.NullMarked;
