/** Makes settings and channel rules from a configuration of Centrifugo. */
@NullMarked
package dev.switchboard.launcher.centrifugo;

import org.jspecify.annotations.NullMarked;
