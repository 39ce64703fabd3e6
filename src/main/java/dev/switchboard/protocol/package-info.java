/** What clients speak: each protocol turns frames into the verbs of {@link dev.switchboard.hub.Client}. */
@NullMarked
package dev.switchboard.protocol;

import org.jspecify.annotations.NullMarked;
