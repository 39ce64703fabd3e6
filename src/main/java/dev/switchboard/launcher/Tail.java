package dev.switchboard.launcher;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Connects and prints the messages that it receives. */
@Command(
        name = "tail",
        description = "Prints each message that arrives, on one line.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:the server closed the connection normally, or --count was reached",
            "1:the connection broke",
            "2:bad URL, or no connection"
        })
final class Tail implements Callable<Integer> {

    private static final long UNLIMITED = -1;

    @Parameters(paramLabel = "URL", description = "For example ws://127.0.0.1:8000/raw/hello")
    private String url = "";

    @Option(names = "--raw", description = "Prints the bytes of the messages, unchanged, and nothing else.")
    private boolean raw;

    @Option(names = "--count", paramLabel = "N", description = "Stops after N messages.")
    private long count = UNLIMITED;

    @Override
    public Integer call() throws CommandException {
        if (count <= 0 && count != UNLIMITED) {
            throw new CommandException("--count must be above zero");
        }
        Printer printer = new Printer();
        printer.connect(url);
        return printer.status.join();
    }

    private final class Printer extends ClientConnection {

        private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
        private long printed;

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                String message = text.toString();
                text.setLength(0);
                print(message.getBytes(StandardCharsets.UTF_8), TerminalText.escaped(message), webSocket);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer part, boolean last) {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            binary.writeBytes(bytes);
            if (last) {
                byte[] message = binary.toByteArray();
                binary.reset();
                print(message, message.length + " bytes " + HexFormat.of().formatHex(message), webSocket);
            }
            webSocket.request(1);
            return null;
        }

        private void print(byte[] message, String line, WebSocket webSocket) {
            if (printed == count) { // more messages came before the server saw the close
                return;
            }
            if (raw) {
                out.writeBytes(message);
            } else {
                out.println("Received: " + line);
            }
            printed++;
            boolean closed = out.checkError(); // which flushes
            if (closed || printed == count) {
                Future<?> unused = webSocket
                        .sendClose(WebSocket.NORMAL_CLOSURE, "")
                        .whenComplete((sent, failure) -> status.complete(0));
            }
        }
    }
}
