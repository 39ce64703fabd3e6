package dev.switchboard.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.switchboard.model.ClientError;
import dev.switchboard.spi.Tracing;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpenTelemetryTracingTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";
    private static final Map<String, String> HEADERS = Map.of("traceparent", "00-" + TRACE + "-" + CALLER + "-01");

    private final RecordedSpans spans = new RecordedSpans();
    private final Tracing tracing = TracingLibrary.find(getClass().getClassLoader());

    @AfterEach
    void stopRecording() {
        spans.close();
    }

    private SpanData span(String name) {
        return spans.find(name).orElseThrow();
    }

    @Test
    void a_call_of_the_api_continues_the_trace_of_its_request() {
        Tracing.Span call = tracing.cause(HEADERS::get).call("publish");
        call.endWith(CompletableFuture.completedFuture(""));
        SpanData span = span("api publish");
        assertThat(span.getTraceId()).isEqualTo(TRACE);
        assertThat(span.getParentSpanId()).isEqualTo(CALLER);
        assertThat(span.getKind()).isEqualTo(SpanKind.SERVER);
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    }

    @Test
    void a_call_of_the_api_is_a_part_of_the_span_of_its_thread() {
        Tracing.Span outer = tracing.hook("connect");
        outer.during(() -> {
            tracing.cause(HEADERS::get).call("publish").endWith(CompletableFuture.completedFuture(""));
            return "";
        });
        outer.endWith(CompletableFuture.completedFuture(""));
        assertThat(span("api publish").getParentSpanId())
                .isEqualTo(span("hook connect").getSpanId());
        assertThat(span("api publish").getKind()).isEqualTo(SpanKind.INTERNAL);
    }

    @Test
    void a_publication_is_a_part_of_the_call_that_publishes_it() {
        Tracing.Span call = tracing.cause(HEADERS::get).call("publish");
        call.endWith(call.during(() -> {
            CompletableFuture<String> done = CompletableFuture.completedFuture("");
            tracing.publish("chat:1").endWith(done);
            return done;
        }));
        SpanData publication = span("publish");
        assertThat(publication.getParentSpanId()).isEqualTo(span("api publish").getSpanId());
        assertThat(publication.getKind()).isEqualTo(SpanKind.PRODUCER);
        assertThat(publication.getAttributes().get(AttributeKey.stringKey("messaging.destination.name")))
                .isEqualTo("chat:1");
    }

    @Test
    void the_headers_of_a_hook_carry_its_span() {
        Tracing.Span hook = tracing.hook("connect");
        Map<String, String> headers = hook.headers();
        hook.endWith(CompletableFuture.completedFuture(""));
        SpanData span = span("hook connect");
        assertThat(headers.get("traceparent")).startsWith("00-" + span.getTraceId() + "-" + span.getSpanId() + "-");
        assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
    }

    @Test
    void a_failure_is_named_without_its_message() {
        tracing.publish("c").endWith(CompletableFuture.failedFuture(ClientError.LIMIT_EXCEEDED));
        tracing.hook("connect").endWith(CompletableFuture.failedFuture(new IllegalStateException("a secret")));
        assertThat(span("publish").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        AttributeKey<String> type = AttributeKey.stringKey("error.type");
        assertThat(span("publish").getAttributes().get(type))
                .isEqualTo(Integer.toString(ClientError.LIMIT_EXCEEDED.code()));
        assertThat(span("hook connect").getAttributes().get(type)).isEqualTo(IllegalStateException.class.getName());
        assertThat(span("hook connect").toString()).doesNotContain("a secret");
    }

    @Test
    void work_that_throws_ends_its_span() {
        Tracing.Span span = tracing.publish("c");
        assertThatThrownBy(() -> span.during(() -> {
                    throw ClientError.INTERNAL;
                }))
                .isSameAs(ClientError.INTERNAL);
        assertThat(span("publish").getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    }

    @Test
    void a_span_leaves_the_global_instance_to_the_application() {
        spans.close();
        tracing.publish("c").endWith(CompletableFuture.completedFuture(""));
        assertThat(tracing.hook("connect").headers()).isEmpty();
        assertThat(GlobalOpenTelemetry.isSet()).isFalse();
    }

    @Test
    void without_the_api_nothing_is_traced() {
        Tracing none = TracingLibrary.find(ClassLoader.getPlatformClassLoader());
        assertThat(none).isSameAs(Tracing.NONE);
        assertThat(none.hook("connect").headers()).isEmpty();
        assertThat(none.cause(HEADERS::get).call("publish").<String>during(() -> "done"))
                .isEqualTo("done");
    }
}
