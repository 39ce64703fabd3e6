package dev.switchboard.it;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A client that speaks RFC 6455 by hand, for all that a well-behaved library cannot be made to do. */
final class RawSocket implements AutoCloseable {

    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    private static final int PING = 9;
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
    }

    private final Socket socket = new Socket();
    private final DataInputStream in;

    /** The first line of the answer to the handshake. */
    final String status;

    /** Connects with a small receive buffer; the URI's path is sent as it stands, and so are the header lines. */
    RawSocket(URI uri, String... headers) throws IOException {
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(30_000);
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
        in = new DataInputStream(socket.getInputStream());
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
        socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        status = line();
        while (!line().isEmpty()) { // the other headers
        }
    }

    boolean isUpgraded() {
        return status.contains(" 101");
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

    /** Sends the header of a frame of this length, and nothing of it. */
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

    /** Returns when the server has opened its end as well; see {@link Caller#joined}. Nothing else may be on its way. */
    RawSocket joined() throws IOException {
        send(PING, true, new byte[0]);
        Message answer = frame();
        if (answer.opcode() != PONG) {
            throw new IOException("expected a pong and not " + answer);
        }
        return this;
    }

    /** The next frame that is not a ping or a pong. */
    Message next() throws IOException {
        Message frame = frame();
        while (frame.opcode() == PING || frame.opcode() == PONG) {
            frame = frame();
        }
        return frame;
    }

    private Message frame() throws IOException {
        int opcode = in.readUnsignedByte() & 0x0f;
        long length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        byte[] payload = new byte[Math.toIntExact(length)];
        in.readFully(payload);
        return new Message(opcode, ByteBuffer.wrap(payload));
    }

    /** Reads on until the close frame. */
    Message awaitClose() throws IOException {
        Message message = next();
        while (message.opcode() != CLOSE) {
            message = next();
        }
        return message;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
