/** Serves the WAR with an embedded Undertow. Its class loader is one of the packed WAR. */
@NullMarked
package dev.switchboard.launcher.server;

import org.jspecify.annotations.NullMarked;
