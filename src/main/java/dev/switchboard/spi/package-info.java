/**
 * Holds the ports of the relay: transports, encodings, engines, clusters, access policies and
 * the application.
 */
@NullMarked
package dev.switchboard.spi;

import org.jspecify.annotations.NullMarked;
