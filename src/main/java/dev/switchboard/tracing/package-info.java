/** Traces what the relay does, if the container has the API of OpenTelemetry. */
@NullMarked
package dev.switchboard.tracing;

import org.jspecify.annotations.NullMarked;
