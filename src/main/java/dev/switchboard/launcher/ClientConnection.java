package dev.switchboard.launcher;

import dev.switchboard.launcher.connect.Certificates;
import dev.switchboard.launcher.connect.ConnectFailure;
import java.io.IOException;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Connects to a server by WebSocket, and turns the end of the connection into an exit status. */
abstract class ClientConnection implements WebSocket.Listener {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** The close codes of a normal end: done, going away, and the shutdown of the relay. */
    private static final Set<Integer> ORDERLY = Set.of(1000, 1001, 3001);

    /** The exit status; completes when the connection has ended. */
    final CompletableFuture<Integer> status = new CompletableFuture<>();

    /** Connects within ten seconds. The listener then gets one message for each request. */
    final WebSocket connect(String url, Certificates certificates) throws CommandException {
        try {
            return certificates
                    .client(CONNECT_TIMEOUT)
                    .newWebSocketBuilder()
                    .connectTimeout(CONNECT_TIMEOUT)
                    .buildAsync(ChannelUrl.read(url, List.of("ws", "wss")), this)
                    .join();
        } catch (CompletionException failed) {
            throw new CommandException(
                    "cannot connect to " + url + ": " + TerminalText.escaped(ConnectFailure.words(failed)));
        } catch (IllegalArgumentException refused) { // the client of the JDK refuses some URLs only here
            throw new CommandException("bad URL " + url + ": " + refused.getMessage());
        }
    }

    @Override
    public final @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
        if (ORDERLY.contains(code)) {
            status.complete(0);
        } else if (code == ConnectFailure.NO_CLOSE_FRAME) {
            fail("connection lost");
        } else {
            fail("closed by the server: " + code + " " + reason);
        }
        return null;
    }

    @Override
    public final void onError(WebSocket webSocket, Throwable failure) {
        fail("connection lost: "
                + (failure instanceof IOException && failure.getMessage() != null ? failure.getMessage() : failure));
    }

    /** Prints the line, which may quote the server, and ends with the status 1. */
    final void fail(String line) {
        if (!status.isDone()) {
            System.err.println("switchboard: " + TerminalText.escaped(line));
        }
        status.complete(1);
    }
}
