package dev.switchboard.launcher;

import dev.switchboard.json.JsonObject;
import dev.switchboard.json.JsonWriter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
            "1:the connection broke, or the server refused the token or the channel",
            "2:bad URL or key, or no connection"
        })
final class Tail implements Callable<Integer> {

    private static final long UNLIMITED = -1;

    @Parameters(paramLabel = "URL", description = "For example ws://127.0.0.1:8000/raw/hello")
    private String url = "";

    @Option(names = "--raw", description = "Prints the bytes of the messages, unchanged, and nothing else.")
    private boolean raw;

    @Option(names = "--count", paramLabel = "N", description = "Stops after N messages.")
    private long count = UNLIMITED;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "Connection token. A raw client cannot bring one, so the command then speaks the client"
                    + " protocol, with the same URL.")
    private @Nullable String token;

    @Option(
            names = "--trace",
            paramLabel = "KIND=NAME",
            description = "Prints what happens in a channel, to a client or to a user, each event as JSON on one line:"
                    + " channel=chat:room1, client=ID or user=42. URL is then that of the server, for example"
                    + " http://127.0.0.1:8000/, and a key is needed.")
    private @Nullable String trace;

    @Option(names = "--payloads", description = "Prints also the data of messages; with --trace.")
    private boolean payloads;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "The switchboard.api.key of the server; with --trace. The environment variable"
                    + " SWITCHBOARD_API_KEY is safer.")
    private @Nullable String key;

    @Mixin
    private TlsOptions tls = new TlsOptions();

    @Override
    public Integer call() throws CommandException {
        if (count <= 0 && count != UNLIMITED) {
            throw new CommandException("--count must be above zero");
        }
        if (trace != null) {
            return new Trace(new ServerAddress(url, key, tls), trace, payloads, count).run();
        }
        if (token == null) {
            Printer printer = new Printer();
            printer.connect(url, tls.certificates());
            return printer.status.join();
        }
        URI channel = ChannelUrl.read(url, List.of("ws", "wss"));
        SubscribedPrinter printer = new SubscribedPrinter();
        printer.subscribe(
                printer.connect(ChannelUrl.ofClientProtocol(channel).toString(), tls.certificates()),
                ChannelUrl.channel(channel),
                token);
        return printer.status.join();
    }

    private class Printer extends ClientConnection {

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
                receive(message, webSocket);
            }
            webSocket.request(1);
            return null;
        }

        void receive(String message, WebSocket webSocket) {
            print(message.getBytes(StandardCharsets.UTF_8), TerminalText.escaped(message), webSocket);
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

    /** Prints the data of the publications in one channel of the client protocol. */
    private final class SubscribedPrinter extends Printer {

        /** Sends the first two commands in one message, so that the second waits for nothing. */
        void subscribe(WebSocket webSocket, String channel, String credential) {
            send(
                    new JsonWriter()
                                    .number("id", 1)
                                    .object("connect")
                                    .string("token", credential)
                                    .finish()
                            + "\n"
                            + new JsonWriter()
                                    .number("id", 2)
                                    .object("subscribe")
                                    .string("channel", channel)
                                    .finish(),
                    webSocket);
        }

        @Override
        void receive(String message, WebSocket webSocket) {
            for (String line : message.split("\n")) {
                if (line.equals("{}")) {
                    send(line, webSocket); // the answer to a ping
                } else {
                    receiveLine(line, webSocket);
                }
            }
        }

        private void receiveLine(String line, WebSocket webSocket) {
            JsonObject reply;
            try {
                reply = JsonObject.of(line);
            } catch (IllegalArgumentException unreadable) { // the data has more levels than the parser takes
                super.receive(line, webSocket);
                return;
            }
            reply(reply, webSocket);
        }

        private void reply(JsonObject reply, WebSocket webSocket) {
            JsonObject error = reply.object("error");
            if (error != null) {
                fail("the server answered: " + error.number("code") + " " + error.text("message"));
            }
            JsonObject push = reply.object("push");
            JsonObject end = push == null ? null : push.object("unsubscribe");
            if (end != null) {
                fail("the server ended the subscription: " + end.number("code") + " " + end.text("reason"));
            }
            JsonObject publication = push == null ? null : push.object("pub");
            if (publication != null) {
                super.receive(String.valueOf(publication.source("data")), webSocket);
            }
        }

        private void send(String text, WebSocket webSocket) {
            Future<?> unused = webSocket.sendText(text, true);
        }
    }
}
