/** Who may do what, and what a channel is like: origins, channel rules and tokens. */
@NullMarked
package dev.switchboard.access;

import org.jspecify.annotations.NullMarked;
