package dev.switchboard.tracing;

import dev.switchboard.spi.Tracing;

/** Looks for the API of OpenTelemetry, which the relay does not bring. */
public final class TracingLibrary {

    private TracingLibrary() {}

    /** Returns {@link Tracing#NONE} if the class loader does not see the API. */
    public static Tracing find(ClassLoader classes) {
        try {
            Class.forName("io.opentelemetry.api.GlobalOpenTelemetry", false, classes);
        } catch (ClassNotFoundException absent) {
            return Tracing.NONE;
        }
        return new OpenTelemetryTracing();
    }
}
