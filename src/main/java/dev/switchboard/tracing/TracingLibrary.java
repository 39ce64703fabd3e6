package dev.switchboard.tracing;

import dev.switchboard.spi.Tracing;

/** Looks for the API of OpenTelemetry, which the relay does not bring. */
public final class TracingLibrary {

    private TracingLibrary() {}

    /** Returns {@link Tracing#NONE} if the class loader does not see the API, or sees one before 1.57. */
    public static Tracing find(ClassLoader classes) {
        try {
            Class.forName("io.opentelemetry.api.GlobalOpenTelemetry", false, classes);
            return OpenTelemetryTracing.create();
        } catch (ClassNotFoundException | LinkageError absent) {
            return Tracing.NONE;
        }
    }
}
