/** Tests of the engines, and the contract that each of them passes. */
@NullMarked
package dev.switchboard.engine;

import org.jspecify.annotations.NullMarked;
