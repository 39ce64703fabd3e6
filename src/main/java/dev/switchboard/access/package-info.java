/** Who may do what, and what a channel is like: origins and channel rules. */
@NullMarked
package dev.switchboard.access;

import org.jspecify.annotations.NullMarked;
