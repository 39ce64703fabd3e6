package dev.switchboard.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Dials and sends. */
@Command(
        name = "send",
        description = "Sends TEXT as one message, or each line of the standard input if there is no TEXT.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:all was sent and the connection closed in good order",
            "1:the connection broke",
            "2:bad URL, or no connection"
        })
final class Send implements Callable<Integer> {

    private static final int CLOSE_SECONDS = 10;

    @Parameters(index = "0", paramLabel = "URL", description = "Such as ws://127.0.0.1:8000/raw/hello")
    private String url = "";

    @Parameters(index = "1", paramLabel = "TEXT", arity = "0..1", description = "The message.")
    private @Nullable String text;

    @Override
    public Integer call() throws Refusal, IOException {
        Sender sender = new Sender();
        WebSocket webSocket = sender.dial(url);
        try {
            if (text != null) {
                webSocket.sendText(text, true).join();
            } else {
                sendLines(webSocket);
            }
            sender.awaitRead(webSocket);
            webSocket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
            sender.status.completeOnTimeout(0, CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (CompletionException broken) {
            sender.onError(webSocket, broken.getCause() == null ? broken : broken.getCause());
        }
        return sender.status.join();
    }

    private static void sendLines(WebSocket webSocket) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            webSocket.sendText(line, true).join();
        }
    }

    /** Reads and drops what comes, so that the server never finds us slow. */
    private static final class Sender extends ClientConnection {

        private final CompletableFuture<Void> read = new CompletableFuture<>();

        /** A server answers a ping when it has read all that came before, so it can still object to that before we close. */
        void awaitRead(WebSocket webSocket) {
            webSocket.sendPing(ByteBuffer.allocate(0)).join();
            CompletableFuture.anyOf(read.completeOnTimeout(null, CLOSE_SECONDS, TimeUnit.SECONDS), status)
                    .join();
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
            read.complete(null);
            webSocket.request(1);
            return null;
        }
    }
}
