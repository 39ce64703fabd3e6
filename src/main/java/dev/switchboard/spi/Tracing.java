package dev.switchboard.spi;

import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Begins the spans of a tracing system: what the relay does for the application. Any thread; nothing
 * blocks or throws.
 */
public interface Tracing {

    /** Traces nothing. */
    Tracing NONE = new Tracing() {};

    /** One piece of work, from its begin to its end. */
    interface Span {

        /** Is no span. */
        Span NONE = new Span() {};

        /** Returns the headers by which another server continues the trace. */
        default Map<String, String> headers() {
            return Map.of();
        }

        /**
         * Does the work; spans that this thread begins meanwhile are parts of this one. What the
         * work throws is thrown again, and ends the span.
         */
        default <T extends @Nullable Object> T during(Supplier<T> work) {
            return work.get();
        }

        /** Ends the span with the stage. */
        default void endWith(CompletionStage<?> stage) {}
    }

    /** What a span is caused by: a span of the thread, or the headers of a request. */
    interface Cause {

        /** Begins the span of a call of the server API. */
        Span call(String method);
    }

    /**
     * Returns the cause of what the current request asks for.
     *
     * @param header returns the value of a header of the request, null if it is absent; read at once
     */
    default Cause cause(UnaryOperator<@Nullable String> header) {
        return method -> Span.NONE;
    }

    /** Begins the span of a publication that the engine gets. */
    default Span publish(String channel) {
        return Span.NONE;
    }

    /** Begins the span of a request to the application. */
    default Span hook(String hook) {
        return Span.NONE;
    }
}
