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

/** One WebSocket client: its socket, its handshake, what it says to be let in, and the stamps in what it then reads. */
final class Connection implements FrameReader.Ear {

    /** What one makes of the connection. */
    interface Owner {

        /** The server has let it in. */
        void opened(Connection connection);

        void heard(Connection connection, int sender, int sequence, long nanos);

        /** At most once. */
        void ended(Connection connection, IOException why);
    }

    private enum State {
        CONNECTING,
        SHAKING_HANDS,
        /** Of a dialect in which clients say something first. */
        OPENING,
        OPEN,
        ENDED
    }

    /** The example of RFC 6455 section 1.3; it protects caches, and there are none here. */
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private static final int SMALL_BUFFER = 8192;
    private static final byte[] NORMAL_CLOSURE = {0x03, (byte) 0xE8};
    private static final byte[] PONG = {'{', '}'};
    private static final byte[] REFUSED = Dialect.REFUSED.getBytes(StandardCharsets.US_ASCII);

    private final Load load;
    private final int id;
    private final String room;
    private final Owner owner;
    private final FrameReader frames = new FrameReader(this);
    private final SocketChannel channel;
    private final SelectionKey key;
    private State state = State.CONNECTING;

    /** What was read and is no whole yet, for the next time. */
    private byte[] rest = new byte[0];

    private int restSize;

    /** What the socket has not taken yet. */
    private @Nullable ByteBuffer unsent;

    /** Bytes of a message behind its stamp that are to come. */
    private int filler;

    /** The byte before the next one; a line break before the first. */
    private byte before = '\n';

    /** Begins to connect. The owner must pass on what the selector says of it. */
    Connection(Load load, int id, String room, boolean silent, InetSocketAddress server, Selector selector, Owner owner)
            throws IOException {
        this.load = load;
        this.id = id;
        this.room = room;
        this.owner = owner;
        channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (silent) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
            }
            key = channel.register(selector, SelectionKey.OP_CONNECT, this);
            if (channel.connect(server)) {
                shakeHands();
            }
        } catch (IOException failure) {
            channel.close();
            throw failure;
        }
    }

    int id() {
        return id;
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** Whether the socket takes no more at the moment. */
    boolean isStuck() {
        return unsent != null;
    }

    /** Goes on after the selector has said so, and answers how many bytes were read. What comes in goes through the buffer, which others use as well. */
    int proceed(ByteBuffer buffer) {
        try {
            if (key.isValid() && key.isConnectable() && channel.finishConnect()) {
                shakeHands();
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

    /** Reads no more. */
    void fallSilent() {
        key.interestOps(0);
    }

    /** Reads again, and has the server's TCP say whether it has closed its end. */
    void wake() {
        if (state != State.ENDED) {
            key.interestOps(SelectionKey.OP_READ);
            send(MessageFrame.of(FrameReader.PING, new byte[0]));
        }
    }

    /** Says good-bye, which the server answers with its end. */
    void leave() {
        if (state == State.OPEN) {
            send(MessageFrame.of(FrameReader.CLOSE, NORMAL_CLOSURE));
        }
    }

    /** With a reset, so that no port waits for late packets. */
    void cut() {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            channel.close();
        } catch (IOException alreadyGone) {
            key.cancel();
        }
    }

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

    private void shakeHands() {
        URI uri = load.uri();
        state = State.SHAKING_HANDS;
        key.interestOps(SelectionKey.OP_READ);
        send(ByteBuffer.wrap(("GET " + load.dialect().target(uri, room) + " HTTP/1.1\r\nHost: " + uri.getAuthority()
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
        if (state != State.SHAKING_HANDS || isWelcome(buffer)) {
            frames.read(buffer);
        }
        restSize = state == State.ENDED ? 0 : buffer.remaining();
        if (restSize > rest.length) {
            rest = new byte[Math.max(2 * restSize, 2 * Stamp.SIZE)];
        }
        buffer.get(rest, 0, restSize);
        return read;
    }

    /** False if the answer to the handshake is not complete. */
    private boolean isWelcome(ByteBuffer buffer) throws IOException {
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
        String opening = load.dialect().opening(load.uri(), room);
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
            int understood = listen(in, from, to, complete);
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

    private int listen(ByteBuffer in, int from, int to, boolean complete) throws ProtocolException {
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
                owner.heard(this, Stamp.sender(in, at), Stamp.sequence(in, at), Stamp.nanos(in, at));
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
            cut();
            owner.ended(this, why);
        }
    }
}
