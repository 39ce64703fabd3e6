/** The rights of clients, and the options of channels: origins, channel rules and tokens. */
@NullMarked
package dev.switchboard.access;

import org.jspecify.annotations.NullMarked;
