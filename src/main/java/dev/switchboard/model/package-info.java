/** The values that all rooms share: publications, positions, identities, frames, refusals. */
@NullMarked
package dev.switchboard.model;

import org.jspecify.annotations.NullMarked;
