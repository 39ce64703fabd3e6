package dev.switchboard.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** WebSocket connections that say nothing, until it is closed. */
final class Crowd implements AutoCloseable {

    private final List<SocketChannel> connections = new ArrayList<>();

    /** Connects so many, one after the other. */
    static Crowd of(int size, int port) throws IOException {
        Crowd crowd = new Crowd();
        try {
            for (int i = 0; i < size; i++) {
                crowd.connect(port);
            }
            return crowd;
        } catch (IOException refused) {
            crowd.close();
            throw refused;
        }
    }

    private void connect(int port) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        connections.add(channel);
        channel.write(ByteBuffer.wrap(("GET /raw/idle HTTP/1.1\r\nHost: 127.0.0.1:" + port
                        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1)));
        ByteBuffer answer = ByteBuffer.allocate(4096);
        String text = "";
        while (!text.contains("\r\n\r\n")) {
            if (channel.read(answer) < 0) {
                throw new EOFException("refused after " + connections.size() + " connections");
            }
            text = new String(answer.array(), 0, answer.position(), StandardCharsets.ISO_8859_1);
        }
        if (!text.startsWith("HTTP/1.1 101")) {
            throw new IOException("refused after " + connections.size() + " connections: "
                    + text.lines().findFirst().orElse(""));
        }
    }

    int size() {
        return connections.size();
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }
}
