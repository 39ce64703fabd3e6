/** Connects the nodes that share one engine, by channels of that engine that no client can name. */
@NullMarked
package dev.switchboard.cluster;

import org.jspecify.annotations.NullMarked;
