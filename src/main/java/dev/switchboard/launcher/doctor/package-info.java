/** Finds out what works between a client and a server, and what a proxy in between prevents. */
@NullMarked
package dev.switchboard.launcher.doctor;

import org.jspecify.annotations.NullMarked;
