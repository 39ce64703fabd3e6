/** Shows operators what this node does, and knows the operators. */
@NullMarked
package dev.switchboard.console;

import org.jspecify.annotations.NullMarked;
