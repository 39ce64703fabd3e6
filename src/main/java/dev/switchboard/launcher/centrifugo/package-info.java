/**
 * Takes over the configuration of a Centrifugo: reads it, and writes settings and channel rules.
 */
@NullMarked
package dev.switchboard.launcher.centrifugo;

import org.jspecify.annotations.NullMarked;
