package dev.switchboard.it;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Queue;

/** A WebSocket client that can break the rules of RFC 6455, which libraries do not allow. */
final class RawSocket implements AutoCloseable {

    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    private static final int PONG = 10;

    record Message(int opcode, ByteBuffer payload) {
        int closeCode() {
            return payload.getShort(0);
        }

        String closeReason() {
            return StandardCharsets.UTF_8
                    .decode(payload.slice(2, payload.capacity() - 2))
                    .toString();
        }

        String text() {
            return StandardCharsets.UTF_8.decode(payload.duplicate()).toString();
        }

        byte[] bytes() {
            return payload.array();
        }
    }

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final List<String> answer = new ArrayList<>();
    private final Queue<Message> early = new ArrayDeque<>();

    /** The first line of the response to the handshake. */
    final String status;

    /**
     * Connects with a small receive buffer. Sends the URI's path and the header lines unchanged.
     */
    RawSocket(URI uri, String... headers) throws IOException {
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(30_000);
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
        in = new DataInputStream(socket.getInputStream());
        socket.getOutputStream().write(handshake(uri, headers));
        status = line();
        for (String line = line(); !line.isEmpty(); line = line()) {
            answer.add(line);
        }
    }

    private static byte[] handshake(URI uri, String... headers) {
        String target = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\n");
        for (String header : List.of(
                "Host: " + uri.getAuthority(),
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")) {
            request.append(header).append("\r\n");
        }
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Sends a handshake and resets the connection before the server can answer it. */
    static void breakOff(URI uri) throws IOException {
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream().write(handshake(uri));
        }
    }

    boolean isUpgraded() {
        return status.contains(" 101");
    }

    /** Returns the values of a header of the response to the handshake. */
    List<String> header(String name) {
        String start = name.toLowerCase(Locale.ROOT) + ":";
        return answer.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
                .map(line -> line.substring(start.length()).strip())
                .toList();
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("closed within the handshake after: " + line);
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** Sends one masked frame. */
    void send(int opcode, boolean fin, byte[] payload) throws IOException {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(header(opcode, fin, payload.length));
        frame.writeBytes(payload); // the mask is zero
        socket.getOutputStream().write(frame.toByteArray());
    }

    void send(String text) throws IOException {
        send(TEXT, true, text.getBytes(StandardCharsets.UTF_8));
    }

    void send(byte[] bytes) throws IOException {
        send(BINARY, true, bytes);
    }

    /** Sends the header of a frame of the length, and no payload. */
    void announce(int opcode, long length) throws IOException {
        socket.getOutputStream().write(header(opcode, true, length));
    }

    void sendBytes(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    private static byte[] header(int opcode, boolean fin, long length) {
        ByteBuffer header = ByteBuffer.allocate(14);
        header.put((byte) ((fin ? 0x80 : 0) | opcode));
        if (length < 126) {
            header.put((byte) (0x80 | length));
        } else if (length < 65536) {
            header.put((byte) (0x80 | 126)).putShort((short) length);
        } else {
            header.put((byte) (0x80 | 127)).putLong(length);
        }
        header.putInt(0);
        return Arrays.copyOf(header.array(), header.position());
    }

    /**
     * Returns when the server has opened the session, or closed it; see {@link
     * WebSocketClient#joined}.
     */
    RawSocket joined() throws IOException {
        send(PING, true, new byte[0]);
        Message message = message();
        while (message.opcode() != PONG && message.opcode() != CLOSE) {
            early.add(message);
            message = message();
        }
        if (message.opcode() == CLOSE) {
            early.add(message);
        }
        return this;
    }

    /** Returns the next message that is not a ping or a pong. */
    Message next() throws IOException {
        if (!early.isEmpty()) {
            return early.remove();
        }
        Message message = message();
        while (message.opcode() == PING || message.opcode() == PONG) {
            message = message();
        }
        return message;
    }

    /**
     * Returns the next message of all its frames, without control frames between them, or the close
     * frame.
     */
    private Message message() throws IOException {
        int opcode = CONTINUATION;
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        boolean last = false;
        while (!last) {
            int head = in.readUnsignedByte();
            int kind = head & 0x0f;
            byte[] part = payload();
            if (kind >= CLOSE) {
                if (kind == CLOSE || opcode == CONTINUATION) {
                    return new Message(kind, ByteBuffer.wrap(part));
                }
                continue;
            }
            if (kind != CONTINUATION) {
                opcode = kind;
            }
            payload.writeBytes(part);
            last = (head & 0x80) != 0;
        }
        return new Message(opcode, ByteBuffer.wrap(payload.toByteArray()));
    }

    private byte[] payload() throws IOException {
        long length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] payload = new byte[Math.toIntExact(length)];
        in.readFully(payload);
        return payload;
    }

    /** Reads until the close frame, and returns that frame. */
    Message awaitClose() throws IOException {
        Message message = next();
        while (message.opcode() != CLOSE) {
            message = next();
        }
        return message;
    }

    /**
     * Reads until the end, and returns the code of the close frame, or {@code cut} without one.
     * Does not close the socket.
     */
    String end() throws IOException {
        try {
            return String.valueOf(awaitClose().closeCode());
        } catch (EOFException | SocketException cut) {
            return "cut";
        }
    }

    /** Returns true if the server has closed TCP and sent no byte before. */
    boolean isAtEndOfStream() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    /**
     * Reads on, and returns true if the server has closed TCP, or false if it is silent for 30 s.
     */
    boolean awaitEndOfStream() throws IOException {
        byte[] buffer = new byte[65_536];
        try {
            while (in.read(buffer) >= 0) {}
            return true;
        } catch (SocketTimeoutException silent) {
            return false;
        } catch (SocketException reset) {
            return true;
        }
    }

    /** Ends the connection with a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
