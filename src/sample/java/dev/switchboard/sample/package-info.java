/** A small application that has the relay within itself: {@link Orders} where there is CDI, {@link OrderBoard} in any container. */
@NullMarked
package dev.switchboard.sample;

import org.jspecify.annotations.NullMarked;
