package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An HTTP answer that does not end, read line by line as it comes. */
final class HttpStream implements AutoCloseable {

    /** What {@link #next} answers behind the last line. */
    static final String END = "(end)";

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final HttpResponse<InputStream> response;

    HttpStream(HttpClient http, HttpRequest request) throws IOException, InterruptedException {
        response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        Thread reader = new Thread(this::read, "stream of " + request.uri());
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!line.isEmpty() && !line.matches(":|\\{}|data: \\{}|retry: \\d+")) {
                    lines.add(line);
                }
            }
        } catch (IOException broken) {
            // an end as well
        }
        lines.add(END);
    }

    int status() {
        return response.statusCode();
    }

    String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /** The next line that is neither empty, nor a ping, nor a time to reconnect. */
    String next() throws InterruptedException {
        String line = lines.poll(60, TimeUnit.SECONDS);
        assertThat(line).as("the next line").isNotNull();
        return line;
    }

    /** All that comes until this line has come, without it. */
    String after(String text) throws InterruptedException {
        StringBuilder skipped = new StringBuilder();
        for (String line = next(); !line.contains(text); line = next()) {
            assertThat(line).as("before " + text).isNotEqualTo(END);
            skipped.append(line).append('\n');
        }
        return skipped.toString();
    }

    @Override
    public void close() throws IOException {
        response.body().close();
    }
}
