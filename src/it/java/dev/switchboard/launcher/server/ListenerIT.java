package dev.switchboard.launcher.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.server.DefaultByteBufferPool;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway.Init") // JUnit calls listen
class ListenerIT {

    private Listener listener;

    @BeforeEach
    void listen() throws Exception {
        listener = Listener.start("127.0.0.1", 0, new DefaultByteBufferPool(false, 16 * 1024), new StartupHandler());
    }

    @AfterEach
    void stop() {
        listener.stop();
    }

    private HttpRequest.Builder request() {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/raw/a"));
    }

    private static HttpResponse<String> answer(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void a_request_before_the_relay_runs_gets_retry_after() throws Exception {
        HttpResponse<String> answer = answer(request().POST(HttpRequest.BodyPublishers.ofString("x")));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        assertThat(answer.body()).contains("\"error\"");
    }

    @Test
    void an_event_source_before_the_relay_runs_gets_a_stream_with_a_retry_time() throws Exception {
        HttpResponse<String> answer = answer(request().header("Accept", "text/event-stream"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
        assertThat(answer.body()).matches("retry: [123]\\d{3}\n\n");
    }
}
