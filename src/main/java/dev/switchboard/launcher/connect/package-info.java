/** Connects commands to a server, and says in words why that fails. */
@NullMarked
package dev.switchboard.launcher.connect;

import org.jspecify.annotations.NullMarked;
