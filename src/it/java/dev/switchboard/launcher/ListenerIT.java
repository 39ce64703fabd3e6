package dev.switchboard.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.server.DefaultByteBufferPool;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;

class ListenerIT {

    @Test
    void before_the_relay_is_up_a_request_is_told_to_come_again() throws Exception {
        Listener listener = Listener.start("127.0.0.1", 0, new DefaultByteBufferPool(false, 16 * 1024), new NotYet());
        try {
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/raw/a"))
                                    .POST(HttpRequest.BodyPublishers.ofString("x"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).contains("1");
            assertThat(answer.body()).contains("\"error\"");
        } finally {
            listener.stop();
        }
    }
}
