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

/** Reads an HTTP response that does not end, line by line. */
final class HttpStream implements AutoCloseable {

    /** What {@link #next} returns after the last line. */
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
            // the stream has ended
        }
        lines.add(END);
    }

    int status() {
        return response.statusCode();
    }

    String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    /**
     * Waits for the next line that is not empty, not a ping and not a retry time, and returns it.
     */
    String next() throws InterruptedException {
        String line = lines.poll(60, TimeUnit.SECONDS);
        assertThat(line).as("the next line").isNotNull();
        return line;
    }

    /** Waits for a line with the text, and returns the lines before it. */
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
