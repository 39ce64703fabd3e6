package dev.switchboard.launcher.doctor;

import dev.switchboard.launcher.connect.ConnectFailure;
import java.io.IOException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
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

    /** The end of a connection, with the code and the reason that arrived. */
    record End(int code, String reason) {
        @Override
        public String toString() {
            return code == ConnectFailure.NO_CLOSE_FRAME
                    ? "without a close frame (1006)"
                    : "with " + code + " " + reason;
        }
    }

    private final Site site;
    private final ArrivedLines lines = new ArrivedLines();
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

    /** Sends the text when the text before it is sent. A peer that does not read it in time is gone. */
    void send(String message) {
        try {
            socket.join()
                    .sendText(message, true)
                    .orTimeout(site.patience().toMillis(), TimeUnit.MILLISECONDS)
                    .join();
        } catch (CompletionException broken) {
            finish(new End(ConnectFailure.NO_CLOSE_FRAME, ConnectFailure.words(broken)));
        }
    }

    /**
     * Waits for a line of this kind, and drops the lines before it. Returns null if the connection
     * ends or no such line comes in time.
     */
    @Nullable
    String await(Predicate<String> kind, Duration time) throws InterruptedException {
        return lines.await(kind, time);
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
        lines.end();
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
        finish(new End(ConnectFailure.NO_CLOSE_FRAME, ConnectFailure.words(failure)));
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
