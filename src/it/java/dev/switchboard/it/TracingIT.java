package dev.switchboard.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.switchboard.tracing.RecordedSpans;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the traces of the shipped WAR in a container that has the API of OpenTelemetry. */
class TracingIT {

    private static final String KEY = "a-key-of-the-tracing-test-0123456789";
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";

    private final RecordedSpans spans = new RecordedSpans();

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path directory;

    @AfterEach
    void clear() {
        System.clearProperty("switchboard.api.key");
        System.clearProperty("switchboard.hooks.connect");
        spans.close();
    }

    private SpanData span(String name) {
        await().until(() -> spans.find(name).isPresent());
        return spans.find(name).orElseThrow();
    }

    @Test
    void calls_publications_and_hooks_are_spans_of_the_caller_s_trace() throws Exception {
        BlockingQueue<List<String>> traced = new LinkedBlockingQueue<>();
        HttpServer application = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        application.createContext("/", exchange -> {
            traced.add(exchange.getRequestHeaders().getOrDefault("traceparent", List.of()));
            byte[] reply = "{\"result\":{\"user\":\"ann\"}}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, reply.length);
            exchange.getResponseBody().write(reply);
            exchange.close();
        });
        application.start();
        System.setProperty("switchboard.api.key", KEY);
        System.setProperty(
                "switchboard.hooks.connect",
                "http://127.0.0.1:" + application.getAddress().getPort() + "/");
        try (LocalTomcat tomcat = new LocalTomcat(directory)) {
            tomcat.deploy(tomcat.unpack(ShippedWar.as("app")));
            publish(URI.create("http://" + tomcat.authority() + "/api/publish"));
            SpanData call = span("api publish");
            assertThat(call.getTraceId()).isEqualTo(TRACE);
            assertThat(call.getParentSpanId()).isEqualTo(CALLER);
            assertThat(span("publish").getParentSpanId()).isEqualTo(call.getSpanId());

            new WebSocketClient(URI.create("ws://" + tomcat.authority() + "/raw/c"))
                    .joined()
                    .close();
            SpanData hook = span("hook connect");
            assertThat(traced.poll(10, TimeUnit.SECONDS))
                    .singleElement(STRING)
                    .startsWith("00-" + hook.getTraceId() + "-" + hook.getSpanId() + "-");
        } finally {
            application.stop(0);
        }
    }

    private static void publish(URI url) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(url)
                .header("X-API-Key", KEY)
                .header("Content-Type", "application/json")
                .header("traceparent", "00-" + TRACE + "-" + CALLER + "-01")
                .POST(HttpRequest.BodyPublishers.ofString("{\"channel\":\"c\",\"data\":{}}"))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.body()).startsWith("{\"result\":");
    }
}
