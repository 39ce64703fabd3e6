package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events without a name of an event stream. When the stream ends, it asks for the events after
 * the last one, as a browser does.
 */
final class ResumingStream implements AutoCloseable {

    private static final long RETRY_MILLIS = 100;

    /** One event; {@code id} is its position, {@code EPOCH:OFFSET}. */
    record Event(String id, String data) {}

    private final HttpClient http;
    private final URI uri;
    private final List<Event> events = new CopyOnWriteArrayList<>();
    private final Thread reader = new Thread(this::read, "resuming stream");
    private volatile @Nullable String lastId;
    private volatile @Nullable InputStream open;
    private volatile boolean closed;

    ResumingStream(HttpClient http, URI uri) {
        this.http = http;
        this.uri = uri;
        reader.setDaemon(true);
        reader.start();
    }

    /** Returns the events up to now, in the order in which they came. */
    List<Event> events() {
        return List.copyOf(events);
    }

    private void read() {
        try {
            while (!closed) {
                try {
                    follow();
                } catch (IOException broken) { // asks again
                }
                Thread.sleep(RETRY_MILLIS);
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow() throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Accept", "text/event-stream");
        String last = lastId;
        if (last != null) {
            request.header("Last-Event-ID", last);
        }
        HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        open = response.body();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
            if (response.statusCode() != 200) {
                return;
            }
            String id = "";
            String name = "";
            String data = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id: ")) {
                    id = line.substring("id: ".length());
                } else if (line.startsWith("event: ")) {
                    name = line.substring("event: ".length());
                } else if (line.startsWith("data: ")) {
                    data += line.substring("data: ".length());
                } else if (line.isEmpty()) {
                    lastId = id.isEmpty() ? lastId : id;
                    if (name.isEmpty() && !data.isEmpty()) {
                        events.add(new Event(id, data));
                    }
                    name = "";
                    data = "";
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        reader.interrupt();
        InputStream body = open;
        if (body != null) {
            body.close();
        }
    }
}
