package dev.switchboard.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * Holds WebSocket connections that only answer pings, until it is closed (RFC 6455). For one
 * thread.
 */
final class Crowd implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final byte PING = (byte) 0x89;
    private static final byte PONG = (byte) 0x8a;
    private static final byte[] NO_MASK = new byte[4];

    private final Selector selector = Selector.open();
    private final ByteBuffer in = ByteBuffer.allocate(4096);
    private final int port;
    private int open;

    private Crowd(int port) throws IOException {
        this.port = port;
    }

    /** Opens the connections, one after the other. */
    static Crowd of(int size, int port) throws IOException {
        Crowd crowd = new Crowd(port);
        try {
            for (int i = 1; i <= size; i++) {
                crowd.connect();
                long until = System.nanoTime() + PATIENCE.toNanos();
                while (crowd.open < i) {
                    crowd.turn(until);
                    if (System.nanoTime() > until) {
                        throw new IOException("no answer after " + crowd.open + " of " + size + " connections");
                    }
                }
            }
            return crowd;
        } catch (IOException refused) {
            crowd.close();
            throw refused;
        }
    }

    private void connect() throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ, "");
        channel.write(ByteBuffer.wrap(("GET /raw/idle HTTP/1.1\r\nHost: 127.0.0.1:" + port
                        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1)));
    }

    /** Answers pings for the given time. */
    void rest(Duration time) throws IOException {
        long until = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < until) {
            turn(until);
        }
    }

    private void turn(long until) throws IOException {
        selector.select(Math.max(1, (until - System.nanoTime()) / 1_000_000));
        for (SelectionKey key : selector.selectedKeys()) {
            read(key);
        }
        selector.selectedKeys().clear();
    }

    private void read(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        if (channel.read(in.clear()) < 0) {
            throw new EOFException("one of " + open + " connections was closed");
        }
        if (key.attachment() instanceof String answer) {
            String more = answer + new String(in.array(), 0, in.position(), StandardCharsets.ISO_8859_1);
            boolean whole = more.contains("\r\n\r\n");
            if (whole && !more.startsWith("HTTP/1.1 101")) {
                throw new IOException("refused after " + open + " connections: "
                        + more.lines().findFirst().orElse(""));
            }
            open += whole ? 1 : 0;
            key.attach(whole ? null : more);
        } else if (in.get(0) == PING) {
            int size = in.get(1);
            channel.write(ByteBuffer.allocate(6 + size)
                    .put(PONG)
                    .put((byte) (0x80 | size))
                    .put(NO_MASK)
                    .put(Arrays.copyOfRange(in.array(), 2, 2 + size))
                    .flip());
        } else {
            throw new IOException("a frame that is not a ping");
        }
    }

    int size() {
        return open;
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
