/** The application behind the relay, asked and told over HTTP. */
@NullMarked
package dev.switchboard.hooks;

import org.jspecify.annotations.NullMarked;
