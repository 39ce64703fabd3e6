/** Assembly: reads the settings, chooses the parts and joins them. */
@NullMarked
package dev.switchboard;

import org.jspecify.annotations.NullMarked;
