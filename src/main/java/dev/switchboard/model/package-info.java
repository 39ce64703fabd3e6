/**
 * Holds the values that all packages share: publications, positions, identities, frames and
 * refusals.
 */
@NullMarked
package dev.switchboard.model;

import org.jspecify.annotations.NullMarked;
