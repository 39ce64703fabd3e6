/** Holds the engines, which store the streams and the presence of channels, and feed the hub. */
@NullMarked
package dev.switchboard.engine;

import org.jspecify.annotations.NullMarked;
