/** The ports of the relay, each with a contract test: transports, encodings, engines, access policies and the application. */
@NullMarked
package dev.switchboard.spi;

import org.jspecify.annotations.NullMarked;
