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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Connects and sends messages. */
@Command(
        name = "send",
        description = "Sends TEXT as one message, or each line of the standard input if there is no TEXT.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:the server has read all messages, and the connection closed normally",
            "1:the connection broke",
            "2:bad URL, or no connection"
        })
final class Send implements Callable<Integer> {

    private static final int PATIENCE_SECONDS = 10;

    @Parameters(index = "0", paramLabel = "URL", description = "For example ws://127.0.0.1:8000/raw/hello")
    private String url = "";

    @Parameters(index = "1", paramLabel = "TEXT", arity = "0..1", description = "The message.")
    private @Nullable String text;

    @Mixin
    private TlsOptions tls = new TlsOptions();

    @Override
    public Integer call() throws CommandException, IOException {
        Sender sender = new Sender();
        WebSocket webSocket = sender.connect(url, tls.certificates());
        try {
            if (text != null) {
                webSocket.sendText(text, true).join();
            } else {
                sendLines(webSocket);
            }
            sender.awaitRead(webSocket);
            webSocket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
            sender.status.completeOnTimeout(0, PATIENCE_SECONDS, TimeUnit.SECONDS);
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

    /** Reads and drops all messages, so that the server does not disconnect a slow client. */
    private static final class Sender extends ClientConnection {

        private final CompletableFuture<Void> pong = new CompletableFuture<>();

        /**
         * Waits until the server answers a ping. By then it has read all messages, and has closed
         * the connection if it refuses one.
         */
        void awaitRead(WebSocket webSocket) {
            webSocket.sendPing(ByteBuffer.allocate(0)).join();
            CompletableFuture.anyOf(pong.completeOnTimeout(null, PATIENCE_SECONDS, TimeUnit.SECONDS), status)
                    .join();
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
            pong.complete(null);
            webSocket.request(1);
            return null;
        }
    }
}
