package dev.switchboard.it;

import dev.switchboard.transcript.Dialect;
import dev.switchboard.transcript.Server;
import dev.switchboard.transcript.Translation;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;

/** Plays transcripts against the relay in its container. These transcripts must not wait. */
final class DeployedServer implements Server {

    private static final String RAW = "raw/";

    private final URI root;
    private final Dialect dialect;

    DeployedServer(URI root, Dialect dialect) {
        this.root = root;
        this.dialect = dialect;
    }

    /** Returns the header by which a client asks for a dialect. */
    static String subprotocol(Dialect dialect) {
        return "Sec-WebSocket-Protocol: " + (dialect == Dialect.JSON ? "centrifuge-json" : "centrifuge-protobuf");
    }

    @Override
    public Line open(String endpoint) throws IOException {
        URI uri = root.resolve(endpoint);
        if (endpoint.startsWith(RAW)) {
            return new SocketLine(new RawSocket(uri).joined(), Dialect.JSON);
        }
        return Dialect.isProtobuf(endpoint)
                ? new SocketLine(new RawSocket(uri), Dialect.PROTOBUF)
                : new SocketLine(new RawSocket(uri, subprotocol(dialect)), dialect);
    }

    @Override
    public void pass(Duration time) {
        throw new UnsupportedOperationException("a transcript of a deployed relay cannot wait for " + time);
    }

    /**
     * A connection that sends and receives lines of JSON, and translates them if the client speaks
     * Protobuf.
     */
    static final class SocketLine implements Line {
        private final RawSocket socket;
        private final Dialect dialect;
        private final Queue<String> unread = new ArrayDeque<>();

        SocketLine(RawSocket socket, Dialect dialect) {
            this.socket = socket;
            this.dialect = dialect;
        }

        /** Returns the socket of the connection. A message that is read there is not read here. */
        RawSocket socket() {
            return socket;
        }

        @Override
        public void send(String message) throws IOException {
            if (dialect == Dialect.JSON) {
                socket.send(message);
            } else {
                socket.send(Translation.commands(message));
            }
        }

        @Override
        public String next() throws IOException {
            if (unread.isEmpty()) {
                unread.addAll(Arrays.asList(message().split("\n", -1)));
            }
            return unread.remove();
        }

        private String message() throws IOException {
            RawSocket.Message message = socket.next();
            return switch (message.opcode()) {
                case RawSocket.TEXT -> message.text();
                case RawSocket.BINARY -> Translation.replies(message.bytes());
                case RawSocket.CLOSE -> "close " + message.closeCode() + " " + message.closeReason();
                default -> throw new IOException("unexpected " + message);
            };
        }

        @Override
        public void cut() throws IOException {
            socket.close();
        }
    }
}
