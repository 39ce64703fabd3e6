package dev.switchboard.bench.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Relays messages with the least work that one write for each recipient needs (RFC 6455).
 *
 * <p>It has one thread. A message goes to all other clients of its path as one frame, framed once.
 * A message is one frame of up to 256 KiB. A client for which more than 1 MiB waits is
 * disconnected. The server has no pings and no other limits, and does not check what clients send,
 * because it only serves the benchmark.
 */
public final class Yardstick {

    private static final int LIMIT = 1 << 20;
    private static final int LARGEST = 1 << 18;
    private static final int LONGEST_HEADER = 14;

    private final Selector selector;
    private final ServerSocketChannel door;
    private final Map<String, List<Peer>> rooms = new HashMap<>();
    private final ByteBuffer in = ByteBuffer.allocateDirect(LARGEST + LONGEST_HEADER);
    private final ByteBuffer frame = ByteBuffer.allocateDirect(LARGEST + LONGEST_HEADER);

    private Yardstick(int port) throws IOException {
        selector = Selector.open();
        door = ServerSocketChannel.open();
        door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 4096);
        door.configureBlocking(false);
        door.register(selector, SelectionKey.OP_ACCEPT);
    }

    public static void main(String[] arguments) throws IOException {
        new Yardstick(Integer.parseInt(arguments[0])).run();
    }

    private void run() throws IOException {
        while (selector.isOpen()) {
            selector.select(this::serve);
        }
    }

    private void serve(SelectionKey key) {
        Peer peer = (Peer) key.attachment();
        try {
            if (peer == null) {
                accept();
            } else if (key.isWritable()) {
                peer.writeWaiting();
            } else {
                peer.read();
            }
        } catch (IOException gone) {
            if (peer != null) {
                peer.leave();
            }
        }
    }

    private void accept() throws IOException {
        for (SocketChannel channel = door.accept(); channel != null; channel = door.accept()) {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            key.attach(new Peer(channel, key));
        }
    }

    private final class Peer {
        private final SocketChannel channel;
        private final SelectionKey key;
        private final Deque<ByteBuffer> waiting = new ArrayDeque<>(1);
        private int waitingBytes;
        private byte @Nullable [] rest; // of an incomplete frame
        private @Nullable List<Peer> room;
        private int place; // the index in the room

        Peer(SocketChannel channel, SelectionKey key) {
            this.channel = channel;
            this.key = key;
        }

        void read() throws IOException {
            in.clear();
            if (rest != null) {
                in.put(rest);
                rest = null;
            }
            if (channel.read(in) <= 0) {
                leave();
                return;
            }
            in.flip();
            if (room != null || open()) {
                while (channel.isOpen() && next()) {}
            }
            if (in.hasRemaining() && channel.isOpen()) {
                rest = new byte[in.remaining()];
                in.get(rest);
            }
        }

        /** Reads the handshake, and returns false until the request is complete. */
        private boolean open() throws IOException {
            String request = StandardCharsets.ISO_8859_1.decode(in.duplicate()).toString();
            int end = request.indexOf("\r\n\r\n");
            if (end < 0) {
                return false;
            }
            in.position(end + 4);
            String path = request.split(" ", 3)[1].split("\\?", 2)[0];
            int key = request.toLowerCase(Locale.ROOT).indexOf("sec-websocket-key:") + "sec-websocket-key:".length();
            String answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: "
                    + accept(
                            request.substring(key, request.indexOf("\r\n", key)).strip()) + "\r\n\r\n";
            channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.ISO_8859_1)));
            List<Peer> entered = rooms.computeIfAbsent(path, name -> new ArrayList<>());
            place = entered.size();
            entered.add(this);
            room = entered;
            return true;
        }

        private static String accept(String key) {
            try {
                byte[] hash = MessageDigest.getInstance("SHA-1")
                        .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.ISO_8859_1));
                return Base64.getEncoder().encodeToString(hash);
            } catch (NoSuchAlgorithmException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        /** Reads a frame, and returns false if it is not complete. */
        private boolean next() throws IOException {
            int at = in.position();
            int size = in.remaining() < 2 ? 0 : in.get(at + 1) & 127;
            int header = size < 126 ? 6 : size == 126 ? 8 : LONGEST_HEADER;
            if (in.remaining() < header) {
                return false;
            }
            if (size >= 126) {
                size = size == 126 ? in.getShort(at + 2) & 0xffff : (int) Math.min(in.getLong(at + 2), LARGEST + 1);
            }
            if (size > LARGEST) {
                throw new IOException("too large");
            }
            if (in.remaining() < header + size) {
                return false;
            }
            in.position(at + header + size);
            int opcode = in.get(at) & 15;
            if (opcode == 8) {
                leave();
            } else if (opcode <= 2) {
                forward(opcode, at + header, size);
            }
            return true;
        }

        private void forward(int opcode, int from, int size) {
            frame.clear().put((byte) (0x80 | opcode));
            if (size < 126) {
                frame.put((byte) size);
            } else if (size < 65536) {
                frame.put((byte) 126).putShort((short) size);
            } else {
                frame.put((byte) 127).putLong(size);
            }
            for (int i = 0; i < size; i++) {
                frame.put((byte) (in.get(from + i) ^ in.get(from - 4 + (i & 3))));
            }
            frame.flip();
            List<Peer> all = room == null ? List.of() : room;
            // Backwards: a leaving peer is replaced by one that already got the message.
            for (int i = all.size() - 1; i >= 0; i--) {
                Peer peer = all.get(i);
                if (peer != this) {
                    peer.write();
                }
            }
        }

        private void write() {
            frame.rewind();
            try {
                if (waiting.isEmpty()) {
                    channel.write(frame);
                }
                if (frame.hasRemaining()) {
                    keep();
                }
            } catch (IOException gone) {
                leave();
            }
        }

        private void keep() throws IOException {
            waitingBytes += frame.remaining();
            if (waitingBytes > LIMIT) {
                throw new IOException("too slow");
            }
            waiting.add(ByteBuffer.allocate(frame.remaining()).put(frame).flip());
            key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }

        void writeWaiting() throws IOException {
            for (ByteBuffer next = waiting.peek(); next != null; next = waiting.peek()) {
                waitingBytes -= channel.write(next);
                if (next.hasRemaining()) {
                    return;
                }
                waiting.remove();
            }
            key.interestOps(SelectionKey.OP_READ);
        }

        void leave() {
            if (room != null) {
                Peer last = room.remove(room.size() - 1);
                if (last != this) {
                    room.set(place, last);
                    last.place = place;
                }
                room = null;
            }
            try {
                channel.close();
            } catch (IOException gone) {
                // the connection is closed
            }
        }
    }
}
