package dev.switchboard.launcher.doctor;

import dev.switchboard.launcher.connect.ConnectFailure;
import java.io.IOException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the client protocol by WebSocket and keeps the lines that arrive. It answers no ping,
 * so a caller that stays longer than the pong timeout sees the end of the connection.
 */
final class CheckedSocket implements WebSocket.Listener, AutoCloseable {

    /** The line that the relay sends as a ping of the client protocol. */
    static final String PING = "{}";

    /** The close code of an end without a close frame (RFC 6455 section 7.1.5). */
    static final int NO_CLOSE_FRAME = 1006;

    /** The end of a connection, with the code and the reason that arrived. */
    record End(int code, String reason) {
        @Override
        public String toString() {
            return code == NO_CLOSE_FRAME ? "without a close frame (1006)" : "with " + code + " " + reason;
        }
    }

    /** Wakes a caller that waits for a line when the connection has ended. */
    private static final String ENDED = "";

    private final Site site;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final CompletableFuture<End> end = new CompletableFuture<>();
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<WebSocket> socket;

    private CheckedSocket(Site site, WebSocket.Builder builder) {
        this.site = site;
        socket = builder.connectTimeout(site.patience()).buildAsync(site.socket(), this);
    }

    /**
     * Connects as a native client, or as a page of an origin unless it is empty.
     *
     * @throws WebSocketHandshakeException if the server or a proxy refuses the handshake
     * @throws IOException if there is no answer, in words
     */
    static CheckedSocket open(Site site, String origin) throws IOException {
        WebSocket.Builder builder = site.http().newWebSocketBuilder();
        CheckedSocket opened = new CheckedSocket(site, origin.isEmpty() ? builder : builder.header("Origin", origin));
        try {
            opened.socket.join();
            return opened;
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof WebSocketHandshakeException refused) {
                throw refused;
            }
            throw new IOException(ConnectFailure.words(failed), failed);
        }
    }

    /** Sends the text when the text before it is sent. */
    void send(String message) {
        try {
            socket.join().sendText(message, true).join();
        } catch (CompletionException broken) {
            finish(new End(NO_CLOSE_FRAME, ConnectFailure.words(broken)));
        }
    }

    /**
     * Waits for a line of this kind, and drops the lines before it. Returns null if the connection
     * ends or no such line comes in time.
     */
    @Nullable
    String await(Predicate<String> kind, Duration time) throws InterruptedException {
        for (long last = System.nanoTime() + time.toNanos(); ; ) {
            String line = lines.poll(last - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null || line.equals(ENDED)) {
                return null;
            }
            if (kind.test(line)) {
                return line;
            }
        }
    }

    /** Waits for the end. Returns null if the connection stays open. */
    @Nullable
    End awaitEnd() throws InterruptedException {
        await(line -> false, site.patience());
        return end();
    }

    /** Returns the end, or null if the connection is open. */
    @Nullable
    End end() {
        return end.getNow(null);
    }

    private void finish(End how) {
        end.complete(how);
        lines.add(ENDED);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence part, boolean last) {
        text.append(part);
        if (last) {
            for (String line : text.toString().split("\n")) {
                lines.add(line);
            }
            text.setLength(0);
        }
        webSocket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
        finish(new End(code, reason));
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable failure) {
        finish(new End(NO_CLOSE_FRAME, ConnectFailure.words(failure)));
    }

    /** Ends the connection at once, without waiting for the server. */
    @Override
    public void close() {
        WebSocket opened = socket.join();
        if (end() == null) {
            Future<?> unused = opened.sendClose(WebSocket.NORMAL_CLOSURE, "")
                    .orTimeout(1, TimeUnit.SECONDS)
                    .whenComplete((sent, failure) -> opened.abort());
        } else {
            opened.abort();
        }
    }
}
