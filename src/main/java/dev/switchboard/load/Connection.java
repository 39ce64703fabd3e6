package dev.switchboard.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Connects one WebSocket client and finds the stamps in what it reads. For the thread of its
 * selector.
 */
final class Connection implements FrameReader.Listener {

    /** Learns what happens to connections. */
    interface Owner {

        /** Learns that the server has let the client in. */
        void opened(Connection connection);

        /** Takes what the stamp of a message says. */
        void received(Connection connection, int sender, int sequence, long nanos);

        /** Learns that the connection has ended; called at most once. */
        void ended(Connection connection, IOException why);
    }

    private enum State {
        CONNECTING,
        /** The answer to the handshake is not complete. */
        HANDSHAKE,
        /** The client has sent its first commands, and waits for the replies. */
        OPENING,
        OPEN,
        ENDED
    }

    /**
     * The example of RFC 6455 section 1.3. A random key protects caches, and there are none here.
     */
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    /** Bytes of the receive buffer of a silent client. */
    private static final int SMALL_BUFFER = 8192;

    private static final byte[] NORMAL_CLOSURE = {0x03, (byte) 0xE8};
    private static final byte[] PONG = {'{', '}'};
    private static final byte[] REFUSED = Dialect.REFUSED.getBytes(StandardCharsets.US_ASCII);

    private final Load load;
    private final int id;
    private final Owner owner;
    private final FrameReader frames = new FrameReader(this);
    private final SocketChannel channel;
    private final SelectionKey key;
    private State state = State.CONNECTING;

    /** The bytes that were read and not understood yet; they stand before the next ones. */
    private byte[] rest = new byte[0];

    private int restSize;

    /** The bytes that the socket has not taken yet. */
    private @Nullable ByteBuffer unsent;

    /** The bytes that still follow the stamp of a message. */
    private int filler;

    /** The byte before the next one; a line break before the first. */
    private byte before = '\n';

    /**
     * Begins to connect. The owner must call {@link #proceed} when the selector selects the key.
     */
    Connection(Load load, int id, InetSocketAddress server, Selector selector, Owner owner) throws IOException {
        this.load = load;
        this.id = id;
        this.owner = owner;
        channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (load.isSilent(id)) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
            }
            key = channel.register(selector, SelectionKey.OP_CONNECT, this);
            if (channel.connect(server)) {
                sendHandshake();
            }
        } catch (IOException failure) {
            channel.close();
            throw failure;
        }
    }

    int id() {
        return id;
    }

    /** Returns whether bytes wait because the socket takes no more at the moment. */
    boolean hasUnsent() {
        return unsent != null;
    }

    /**
     * Connects, writes or reads, as the selector says. Returns the number of bytes read. The
     * content of the buffer is lost.
     */
    int proceed(ByteBuffer buffer) {
        try {
            if (key.isValid() && key.isConnectable() && channel.finishConnect()) {
                sendHandshake();
            }
            if (key.isValid() && key.isWritable()) {
                sendUnsent();
            }
            return key.isValid() && key.isReadable() ? read(buffer) : 0;
        } catch (IOException failure) {
            end(failure);
            return 0;
        }
    }

    void stopReading() {
        key.interestOps(0);
    }

    /** Reads again, and sends a ping, so that TCP tells whether the server has closed its end. */
    void readAgain() {
        if (state != State.ENDED) {
            key.interestOps(SelectionKey.OP_READ);
            send(MessageFrame.of(FrameReader.PING, new byte[0]));
        }
    }

    /** Sends a close frame if the connection is open; the server then closes it. */
    void sendClose() {
        if (state == State.OPEN) {
            send(MessageFrame.of(FrameReader.CLOSE, NORMAL_CLOSURE));
        }
    }

    /** Closes the socket with a TCP reset, so that no port waits for late packets. */
    void reset() {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            channel.close();
        } catch (IOException alreadyGone) {
            key.cancel();
        }
    }

    /** Sends the frame, or keeps a copy of the part that the socket does not take. */
    void send(ByteBuffer frame) {
        if (state == State.ENDED) {
            return;
        }
        try {
            if (unsent == null) {
                channel.write(frame);
            }
            if (frame.hasRemaining()) {
                keepUnsent(frame);
            }
        } catch (IOException failure) {
            end(failure);
        }
    }

    private void keepUnsent(ByteBuffer frame) {
        int waiting = unsent == null ? 0 : unsent.remaining();
        ByteBuffer all = ByteBuffer.allocate(waiting + frame.remaining());
        if (unsent != null) {
            all.put(unsent);
        }
        unsent = all.put(frame).flip();
        key.interestOpsOr(SelectionKey.OP_WRITE);
    }

    private void sendUnsent() throws IOException {
        if (unsent != null) {
            channel.write(unsent);
            if (!unsent.hasRemaining()) {
                unsent = null;
            }
        }
        if (unsent == null) {
            key.interestOpsAnd(~SelectionKey.OP_WRITE);
        }
    }

    private void sendHandshake() {
        URI uri = load.uri(id);
        state = State.HANDSHAKE;
        key.interestOps(SelectionKey.OP_READ);
        send(ByteBuffer.wrap(("GET " + load.dialect().target(uri, load.channelSuffix(id)) + " HTTP/1.1\r\nHost: "
                        + uri.getAuthority()
                        + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                        + KEY + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII)));
    }

    private int read(ByteBuffer buffer) throws IOException {
        buffer.clear().put(rest, 0, restSize);
        if (!buffer.hasRemaining()) {
            throw new ProtocolException("the server sent more at once than can be read");
        }
        int read = channel.read(buffer);
        if (read < 0) {
            throw new IOException("the server closed the connection");
        }
        buffer.flip();
        if (state != State.HANDSHAKE || isUpgraded(buffer)) {
            frames.read(buffer);
        }
        restSize = state == State.ENDED ? 0 : buffer.remaining();
        if (restSize > rest.length) {
            rest = new byte[Math.max(2 * restSize, 2 * Stamp.SIZE)];
        }
        buffer.get(rest, 0, restSize);
        return read;
    }

    /** Reads the answer to the handshake. Returns false if it is not complete. */
    private boolean isUpgraded(ByteBuffer buffer) throws IOException {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        String[] status = text.split("[ \r]", 3);
        if (!status[0].startsWith("HTTP/")) {
            throw new ProtocolException("the server does not speak HTTP");
        }
        if (!status[1].equals("101")) {
            throw new ProtocolException("the server answered HTTP " + status[1]);
        }
        if (!text.substring(0, end).contains(ACCEPT)) {
            throw new ProtocolException("the server does not speak WebSocket");
        }
        buffer.position(buffer.position() + end + 4);
        String opening = load.dialect().opening(load.uri(id), load.channelSuffix(id), load.token());
        if (opening.isEmpty()) {
            open();
        } else {
            state = State.OPENING;
            send(MessageFrame.of(FrameReader.TEXT, opening.getBytes(StandardCharsets.UTF_8)));
        }
        return true;
    }

    private void open() {
        state = State.OPEN;
        owner.opened(this);
    }

    @Override
    public int payload(ByteBuffer in, int from, int to, boolean complete) throws ProtocolException {
        if (state == State.OPEN) {
            int understood = findStamps(in, from, to, complete);
            if (complete) {
                filler = 0;
                before = '\n';
            }
            return understood;
        }
        if (complete && state == State.OPENING) {
            answered(text(in, from, to));
        }
        return complete ? to : from;
    }

    private void answered(String replies) throws ProtocolException {
        if (replies.contains("\"error\":{")) {
            throw new ProtocolException("the server answered " + replies);
        }
        if (replies.contains(Dialect.SUBSCRIBED)) {
            open();
        }
    }

    /** Returns the place up to which the bytes are understood. */
    private int findStamps(ByteBuffer in, int from, int to, boolean complete) throws ProtocolException {
        int at = from;
        while (at < to) {
            if (filler > 0) {
                int step = Math.min(filler, to - at);
                filler -= step;
                at += step;
                before = 0;
                continue;
            }
            boolean whole = to - at >= Stamp.SIZE;
            if (!whole && !complete) {
                return at;
            }
            byte next = in.get(at);
            if (next == Stamp.FIRST && whole && Stamp.isAt(in, at)) {
                owner.received(this, Stamp.sender(in, at), Stamp.sequence(in, at), Stamp.nanos(in, at));
                at += Stamp.SIZE;
                filler = load.size() - Stamp.SIZE;
            } else {
                if (before == '\n' && next == '{' && load.dialect() == Dialect.JSON) {
                    beginLine(in, at, to);
                }
                before = next;
                at++;
            }
        }
        return to;
    }

    /**
     * Answers a ping of the server. Throws if the line begins with the refusal of a publication.
     */
    private void beginLine(ByteBuffer in, int at, int to) throws ProtocolException {
        int size = to - at;
        if (size >= 2 && in.get(at + 1) == '}' && (size == 2 || in.get(at + 2) == '\n')) {
            send(MessageFrame.of(FrameReader.TEXT, PONG));
        } else if (size >= REFUSED.length && in.get(at + REFUSED.length - 2) == '"') {
            byte[] begin = new byte[REFUSED.length];
            in.get(at, begin);
            if (Arrays.equals(begin, REFUSED)) {
                throw new ProtocolException("the server answered " + text(in, at, Math.min(to, at + 200)));
            }
        }
    }

    @Override
    public void control(int opcode, ByteBuffer in, int from, int length) {
        if (opcode == FrameReader.PING) {
            byte[] same = new byte[length];
            in.get(from, same);
            send(MessageFrame.of(FrameReader.PONG, same));
        } else if (opcode == FrameReader.CLOSE) {
            end(new IOException("closed by the server"
                    + (length < 2 ? "" : ": " + in.getShort(from) + " " + text(in, from + 2, from + length))));
        }
    }

    private static String text(ByteBuffer in, int from, int to) {
        byte[] bytes = new byte[to - from];
        in.get(from, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void end(IOException why) {
        if (state != State.ENDED) {
            state = State.ENDED;
            reset();
            owner.ended(this, why);
        }
    }
}
