package dev.switchboard.web;

import dev.switchboard.model.Frame;
import dev.switchboard.spi.Transport.Completion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.ConduitStreamSinkChannel;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.WriteReadyHandler;

/**
 * The writing end of a connection of Undertow that has become a WebSocket, shared by Undertow, which writes pongs and the close, and the
 * relay, which writes all messages: neither writes within a frame of the other.
 *
 * <p>Any thread may send, one write at a time. Its lock is held while bytes are handed to the kernel, which does not block.
 */
final class WebSocketConduit extends AbstractStreamSinkConduit<StreamSinkConduit> {

    /** What is handed to the kernel at a time; belongs to the thread. */
    private static final ThreadLocal<ByteBuffer> BUFFER =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(64 * 1024));

    /** The send buffer in bytes. Linux doubles it. A smaller one makes large messages slow. */
    private static final int SMALL_BUFFER = 8 * 1024;

    private static final int FIN = 0x80;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int PING = 9;

    /** Frames of the relay that have yet to be written, in part or whole. */
    private static final class Rest {
        final byte[][] frames;
        final Completion completion;
        int frame;
        int offset;

        Rest(byte[][] frames, Completion completion) {
            this.frames = frames;
            this.completion = completion;
        }

        boolean isBegun() {
            return frame > 0 || offset > 0;
        }

        boolean isEmpty() {
            return frame == frames.length;
        }

        void copyTo(ByteBuffer buffer) {
            int from = offset;
            for (int i = frame; i < frames.length && buffer.hasRemaining(); i++) {
                buffer.put(frames[i], from, Math.min(frames[i].length - from, buffer.remaining()));
                from = 0;
            }
        }

        void skip(int count) {
            int left = count;
            while (left > 0 && left >= frames[frame].length - offset) {
                left -= frames[frame].length - offset;
                frame++;
                offset = 0;
            }
            offset += left;
        }
    }

    private final StreamConnection connection;
    private final ClosingConduit end;
    private final BooleanSupplier theyClose;
    private final WriteReadyHandler theirHandler;

    // all guarded by this
    private @Nullable Rest rest;
    private boolean theyAreWithin; // a frame, of which the kernel has taken a part
    private boolean theyWait; // to hear that they can write
    private boolean theyHaveClosed; // nothing of the relay's may follow
    private boolean closed;

    private WebSocketConduit(StreamConnection connection, BooleanSupplier theyClose, ClosingConduit end) {
        super(connection.getSinkChannel().getConduit());
        this.connection = connection;
        this.theyClose = theyClose;
        this.end = end;
        this.theirHandler = new WriteReadyHandler.ChannelListenerHandler<>(connection.getSinkChannel());
    }

    /**
     * To be called before anything but whole frames has been written. {@code theyClose} is true from before Undertow writes its close frame:
     * nothing may follow that (RFC 6455 section 5.5.1).
     */
    static WebSocketConduit into(StreamConnection connection, BooleanSupplier theyClose, ClosingConduit end) {
        WebSocketConduit wire = new WebSocketConduit(connection, theyClose, end);
        wire.next.setWriteReadyHandler(wire.new Ready());
        ConduitStreamSinkChannel sink = connection.getSinkChannel();
        sink.setConduit(wire);
        return wire;
    }

    /** Limits what the kernel buffers. */
    void limitBuffering() {
        limitBuffering(connection);
    }

    /** Limits what the kernel buffers for a connection of any kind. */
    static void limitBuffering(StreamConnection connection) {
        try {
            connection.setOption(Options.SEND_BUFFER, SMALL_BUFFER);
        } catch (IOException gone) {
            // a closed connection buffers nothing
        }
    }

    void send(List<Frame> frames, Completion completion) {
        byte[][] bytes = new byte[frames.size()][];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = frames.get(i).wire(WebSocketConduit::encode);
        }
        send(new Rest(bytes, completion));
    }

    void send(Frame frame, Completion completion) {
        send(new Rest(new byte[][] {frame.wire(WebSocketConduit::encode)}, completion));
    }

    private void send(Rest next) {
        boolean done;
        try {
            synchronized (this) {
                if (closed) {
                    throw new ClosedChannelException();
                }
                done = !theyAreWithin && flush(next);
                if (!done) {
                    rest = next;
                }
            }
        } catch (IOException broken) {
            fail(next, broken);
            return;
        }
        if (done) {
            next.completion.completed(null);
        } else {
            later(this::resume);
        }
    }

    /** On the thread of the connection, the only one that may. */
    private synchronized void resume() {
        if (rest != null) {
            next.resumeWrites();
        }
    }

    /** True when nothing of the relay's is left; under the lock. */
    private boolean flushRest() throws IOException {
        if (rest != null && !flush(rest)) {
            return false;
        }
        rest = null;
        return true;
    }

    /** True when all of it is written; under the lock. */
    private boolean flush(Rest left) throws IOException {
        if (theyHaveClosed && !left.isBegun()) {
            throw new ClosedChannelException();
        }
        ByteBuffer buffer = BUFFER.get();
        while (!left.isEmpty()) {
            buffer.clear();
            left.copyTo(buffer);
            buffer.flip();
            int size = buffer.remaining();
            int count = next.write(buffer);
            left.skip(count);
            if (count < size) {
                return false;
            }
        }
        return true;
    }

    private synchronized void fail(Rest broken, Throwable failure) {
        closed = true;
        rest = null;
        later(() -> broken.completion.completed(failure));
    }

    /**
     * Nothing more of the relay's. False if what it has written ends within a frame: then nobody can say anything any more, and the connection
     * is closed. Else it is closed after a while, if the other side has not seen to that before.
     */
    synchronized boolean close() {
        closed = true;
        if (rest != null) {
            end.finish();
            return false;
        }
        end.insist();
        return true;
    }

    private static byte[] encode(Frame frame) {
        if (frame instanceof Frame.Text text) {
            return framed(TEXT, ByteBuffer.wrap(text.text().getBytes(StandardCharsets.UTF_8)));
        }
        if (frame instanceof Frame.Binary binary) {
            return framed(BINARY, binary.bytes().duplicate());
        }
        return framed(PING, ByteBuffer.allocate(0));
    }

    /** RFC 6455 section 5.2. */
    private static byte[] framed(int opcode, ByteBuffer payload) {
        int size = payload.remaining();
        int header = size < 126 ? 2 : size < 65_536 ? 4 : 10;
        ByteBuffer frame = ByteBuffer.allocate(header + size);
        frame.put((byte) (FIN | opcode));
        if (header == 2) {
            frame.put((byte) size);
        } else if (header == 4) {
            frame.put((byte) 126).putShort((short) size);
        } else {
            frame.put((byte) 127).putLong(size);
        }
        return frame.put(payload).array();
    }

    private final class Ready implements WriteReadyHandler {

        @Override
        public void writeReady() {
            Rest left;
            boolean written = false;
            boolean theirTurn;
            synchronized (WebSocketConduit.this) {
                left = rest;
                try {
                    written = left != null && !theyAreWithin && flushRest();
                } catch (IOException broken) {
                    fail(Objects.requireNonNull(left), broken);
                }
                theirTurn = theyWait && (rest == null || theyAreWithin);
            }
            if (written) {
                Objects.requireNonNull(left).completion.completed(null);
            }
            if (theirTurn) {
                theirHandler.writeReady();
            }
            synchronized (WebSocketConduit.this) {
                if (rest == null && !theyWait) {
                    next.suspendWrites();
                }
            }
        }

        @Override
        public void forceTermination() {
            theirHandler.forceTermination();
        }

        @Override
        public void terminated() {
            theirHandler.terminated();
        }
    }

    // What Undertow asks for.

    /** True while the relay is within a frame; under the lock. */
    private boolean isTaken() {
        Rest left = rest;
        if (left == null || theyAreWithin) {
            return false;
        }
        try {
            if (!flushRest()) {
                return true;
            }
            later(() -> left.completion.completed(null));
        } catch (IOException broken) {
            fail(left, broken); // if the connection is, they meet the same
        }
        return false;
    }

    /** On the thread of the connection, and without a lock. */
    private void later(Runnable task) {
        connection.getIoThread().execute(task);
    }

    @Override
    public synchronized int write(ByteBuffer source) throws IOException {
        if (isTaken()) {
            return 0;
        }
        int count;
        try {
            count = next.write(source);
        } catch (IOException broken) {
            return brokenOff();
        }
        theyAreWithin = source.hasRemaining();
        theyHaveClosed = theyClose.getAsBoolean();
        return count;
    }

    @Override
    public synchronized long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        if (isTaken()) {
            return 0;
        }
        long count;
        try {
            count = next.write(sources, offset, length);
        } catch (IOException broken) {
            return brokenOff();
        }
        theyAreWithin = false;
        for (int i = offset; i < offset + length; i++) {
            theyAreWithin |= sources[i].hasRemaining();
        }
        theyHaveClosed = theyClose.getAsBoolean();
        return count;
    }

    /**
     * Closes the connection on another thread. If this threw instead, Undertow would close it on
     * the thread that reads.
     */
    private int brokenOff() {
        end.finish();
        return 0;
    }

    @Override
    public void terminateWrites() throws IOException {
        if (connection.isWriteShutdown()) {
            next.terminateWrites();
        } else if (!end.hasBegun()) {
            end.begin(next);
        }
    }

    @Override
    public void truncateWrites() throws IOException {
        terminateWrites();
    }

    @Override
    public boolean isWriteShutdown() {
        return end.hasBegun() || next.isWriteShutdown();
    }

    @Override
    public synchronized void resumeWrites() {
        theyWait = true;
        next.resumeWrites();
    }

    @Override
    public synchronized void wakeupWrites() {
        theyWait = true;
        next.wakeupWrites();
    }

    @Override
    public synchronized void suspendWrites() {
        theyWait = false;
        if (rest == null) {
            next.suspendWrites();
        }
    }

    @Override
    public synchronized boolean isWriteResumed() {
        return theyWait;
    }

    @Override
    public void setWriteReadyHandler(WriteReadyHandler handler) {
        throw new UnsupportedOperationException("the channel keeps its own");
    }
}
