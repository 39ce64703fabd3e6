package dev.switchboard.tracing;

import dev.switchboard.model.ClientError;
import dev.switchboard.model.Failure;
import dev.switchboard.spi.Tracing;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapPropagator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Begins spans of the OpenTelemetry that the application or the container has made global.
 *
 * <p>Asks for the global instance with each span, because an application may set it late. It never asks
 * in the way that sets one: that would forbid the application to set its own, and the API would keep
 * the stack of the question, and with it the class loader of the relay.
 */
final class OpenTelemetryTracing implements Tracing {

    private static final String SCOPE = "dev.switchboard";

    private OpenTelemetryTracing() {}

    /** Throws a {@link LinkageError} if the API has no {@code getOrNoop}, which came with 1.57. */
    static Tracing create() {
        Object unused = GlobalOpenTelemetry.getOrNoop();
        return new OpenTelemetryTracing();
    }

    private static final class Headers implements TextMapGetter<UnaryOperator<@Nullable String>> {

        @Override
        public Iterable<String> keys(UnaryOperator<@Nullable String> headers) {
            return List.of();
        }

        @Override
        public @Nullable String get(@Nullable UnaryOperator<@Nullable String> headers, String name) {
            return headers == null ? null : headers.apply(name);
        }
    }

    private record Begun(io.opentelemetry.api.trace.Span span, Context context) implements Span {

        @Override
        public Map<String, String> headers() {
            Map<String, String> headers = new HashMap<>();
            propagator().inject(context, headers, (to, name, value) -> {
                if (to != null) {
                    to.put(name, value);
                }
            });
            return headers;
        }

        @Override
        public <T extends @Nullable Object> T during(Supplier<T> work) {
            try (Scope current = context.makeCurrent()) {
                return work.get();
            } catch (RuntimeException | Error failure) {
                end(failure);
                throw failure;
            }
        }

        @Override
        public void endWith(CompletionStage<?> stage) {
            CompletionStage<?> unused = stage.whenComplete((result, failure) -> end(failure));
        }

        /** A message can hold data of a client, so the span gets the kind of a failure alone. */
        private void end(@Nullable Throwable failure) {
            if (failure != null) {
                Throwable cause = Failure.cause(failure);
                String kind = cause instanceof ClientError error
                        ? Integer.toString(error.code())
                        : cause.getClass().getName();
                span.setStatus(StatusCode.ERROR).setAttribute("error.type", kind);
            }
            span.end();
        }
    }

    @Override
    public Cause cause(UnaryOperator<@Nullable String> header) {
        Context current = Context.current();
        boolean traced = io.opentelemetry.api.trace.Span.fromContext(current)
                .getSpanContext()
                .isValid();
        Context cause = traced ? current : propagator().extract(current, header, new Headers());
        return method -> begin("api " + method, traced ? SpanKind.INTERNAL : SpanKind.SERVER, cause, Map.of());
    }

    @Override
    public Span publish(String channel) {
        return begin(
                "publish",
                SpanKind.PRODUCER,
                Context.current(),
                Map.of("messaging.system", "switchboard", "messaging.destination.name", channel));
    }

    @Override
    public Span hook(String hook) {
        return begin("hook " + hook, SpanKind.CLIENT, Context.current(), Map.of());
    }

    private static Span begin(String name, SpanKind kind, Context parent, Map<String, String> attributes) {
        Tracer tracer = GlobalOpenTelemetry.getOrNoop().getTracer(SCOPE);
        io.opentelemetry.api.trace.SpanBuilder span =
                tracer.spanBuilder(name).setSpanKind(kind).setParent(parent);
        attributes.forEach(span::setAttribute);
        io.opentelemetry.api.trace.Span begun = span.startSpan();
        return new Begun(begun, parent.with(begun));
    }

    private static TextMapPropagator propagator() {
        return GlobalOpenTelemetry.getOrNoop().getPropagators().getTextMapPropagator();
    }
}
