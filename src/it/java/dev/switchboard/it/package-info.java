/** The shipped WAR, tested from outside in real servers. */
@NullMarked
package dev.switchboard.it;

import org.jspecify.annotations.NullMarked;
