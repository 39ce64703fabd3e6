package dev.switchboard.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Holds the address of a deployed relay and the clients of a test. {@link #close} closes these
 * clients.
 */
final class DeployedRelay implements AutoCloseable {

    static final String ENDPOINT = "connection/websocket";

    private final URI root;
    private final List<AutoCloseable> opened = new CopyOnWriteArrayList<>();

    DeployedRelay(URL url) {
        root = URI.create("ws://" + url.getHost() + ":" + url.getPort() + url.getPath());
    }

    URI raw(String channel) {
        return root.resolve("raw/" + channel);
    }

    URI endpoint() {
        return root.resolve(ENDPOINT);
    }

    /** Returns the value of a metric without labels. */
    double metric(String name) throws IOException {
        URL page = new URL("http", root.getHost(), root.getPort(), root.getPath() + "metrics");
        try (InputStream in = page.openStream()) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(name + " "))
                    .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    <C extends AutoCloseable> C keep(C visitor) {
        opened.add(visitor);
        return visitor;
    }

    WebSocketClient rawClient(String channel) throws Exception {
        return keep(new WebSocketClient(raw(channel))).joined();
    }

    RawSocket socket(URI uri, String... headers) throws IOException {
        return keep(new RawSocket(uri, headers));
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable visitor : opened) {
            visitor.close();
        }
    }
}
