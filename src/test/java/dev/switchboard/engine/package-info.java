/** Tests the engines. {@link EngineContract} holds the tests that every engine passes. */
@NullMarked
package dev.switchboard.engine;

import org.jspecify.annotations.NullMarked;
