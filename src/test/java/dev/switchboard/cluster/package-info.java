/** Tests clusters of nodes within one process, whose engine is a {@link SharedEngine}. */
@NullMarked
package dev.switchboard.cluster;

import org.jspecify.annotations.NullMarked;
