/** Hooks: the HTTP requests by which the relay asks or tells the application. */
@NullMarked
package dev.switchboard.hooks;

import org.jspecify.annotations.NullMarked;
