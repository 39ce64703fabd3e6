package dev.switchboard.history;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Runs a workload against a relay at a URL, by the JSON protocol over WebSocket.
 *
 * <p>If a client does not read, the close frame of the relay may be lost. Then the client sees
 * 1006.
 */
public final class WebSocketTarget implements Target {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ALIVE = Duration.ofSeconds(15);
    private static final int BROKEN = 1006;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<URI> uris;
    private final AtomicInteger opened = new AtomicInteger();
    private final Consumer<String> loseHistory;
    private final Supplier<Map<String, Long>> counters;

    public WebSocketTarget(URI uri, Consumer<String> loseHistory, Supplier<Map<String, Long>> counters) {
        this(List.of(uri), loseHistory, counters);
    }

    /** Connects each client to the next of the URIs, which belong to nodes of one relay. */
    public WebSocketTarget(List<URI> uris, Consumer<String> loseHistory, Supplier<Map<String, Long>> counters) {
        this.uris = List.copyOf(uris);
        this.loseHistory = loseHistory;
        this.counters = counters;
    }

    @Override
    public Line open(Line.Listener listener) throws IOException {
        Socket socket = new Socket(listener);
        try {
            socket.opened(http.newWebSocketBuilder()
                    .connectTimeout(CONNECT)
                    .buildAsync(uris.get(opened.getAndIncrement() % uris.size()), socket)
                    .join());
        } catch (CompletionException failure) {
            throw new IOException(failure);
        }
        return socket;
    }

    @Override
    public void loseHistory(String channel) {
        loseHistory.accept(channel);
    }

    @Override
    public Map<String, Long> counters() {
        return counters.get();
    }

    @Override
    public boolean waitUntil(BooleanSupplier met) {
        return await(met);
    }

    /**
     * Polls the condition, and returns false if it is not met in the time that a live relay needs.
     */
    static boolean await(BooleanSupplier met) {
        if (met.getAsBoolean()) {
            return true;
        }
        try {
            Awaitility.await()
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .atMost(ALIVE)
                    .until(met::getAsBoolean);
            return true;
        } catch (ConditionTimeoutException late) {
            return false;
        }
    }

    private static final class Socket implements Line, WebSocket.Listener {

        private final Line.Listener listener;
        private final CompletableFuture<WebSocket> opened = new CompletableFuture<>();
        private final StringBuilder message = new StringBuilder();
        private CompletableFuture<WebSocket> sent = opened; // guarded by this
        private boolean paused; // guarded by this
        private boolean requestPending; // guarded by this

        Socket(Line.Listener listener) {
            this.listener = listener;
        }

        void opened(WebSocket webSocket) {
            opened.complete(webSocket);
        }

        /** Waits for the previous message, because the JDK sends one at a time. */
        @Override
        public synchronized void send(String frame) {
            sent = sent.thenCompose(webSocket -> webSocket.sendText(frame, true));
        }

        @Override
        public synchronized void pause() {
            paused = true;
        }

        @Override
        public synchronized void resume() {
            paused = false;
            if (requestPending) {
                requestPending = false;
                opened.thenAccept(webSocket -> webSocket.request(1));
            }
        }

        @Override
        public void cut() {
            opened.thenAccept(WebSocket::abort);
        }

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                String whole = message.toString();
                message.setLength(0);
                listener.text(whole);
            }
            synchronized (this) {
                if (paused) {
                    requestPending = true;
                } else {
                    webSocket.request(1);
                }
            }
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            listener.closed(code);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket webSocket, Throwable failure) {
            listener.closed(BROKEN);
        }
    }
}
