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
 * Writes to a connection of Undertow that is a WebSocket.
 *
 * <p>The relay writes all messages, Undertow writes pongs and close frames, and neither writes
 * within a frame of the other. Any thread may send, one write at a time. The lock is held while the
 * kernel takes bytes, which does not block.
 */
final class WebSocketConduit extends AbstractStreamSinkConduit<StreamSinkConduit> {

    /** The bytes that the kernel takes at a time. */
    private static final ThreadLocal<ByteBuffer> BUFFER =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(64 * 1024));

    /** The send buffer in bytes. Linux doubles it. A smaller one makes large messages slow. */
    private static final int SMALL_BUFFER = 8 * 1024;

    private static final int FIN = 0x80;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int PING = 9;

    /** Holds frames of the relay that are not yet written, or not wholly. */
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
    private final ClosingConduit closer;
    private final BooleanSupplier undertowCloses;
    private final WriteReadyHandler undertowHandler;

    // all guarded by this
    private @Nullable Rest rest;
    private boolean undertowIsWithin; // a frame that the kernel has taken in part
    private boolean undertowWaits; // until it can write
    private boolean undertowHasClosed; // the relay may write nothing after it
    private boolean broken; // the connection is about to be closed; then closed, and without a rest
    private boolean closed;

    private WebSocketConduit(StreamConnection connection, BooleanSupplier undertowCloses, ClosingConduit closer) {
        super(connection.getSinkChannel().getConduit());
        this.connection = connection;
        this.undertowCloses = undertowCloses;
        this.closer = closer;
        this.undertowHandler = new WriteReadyHandler.ChannelListenerHandler<>(connection.getSinkChannel());
    }

    /**
     * Installs the conduit while no frame is written in part. {@code undertowCloses} returns true
     * before Undertow writes its close frame. No frame may follow (RFC 6455 section 5.5.1).
     */
    static WebSocketConduit into(StreamConnection connection, BooleanSupplier undertowCloses, ClosingConduit closer) {
        WebSocketConduit conduit = new WebSocketConduit(connection, undertowCloses, closer);
        conduit.next.setWriteReadyHandler(conduit.new Ready());
        ConduitStreamSinkChannel sink = connection.getSinkChannel();
        sink.setConduit(conduit);
        return conduit;
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
                done = !undertowIsWithin && flush(next);
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

    /** Asks for a call when the kernel takes more. Only the thread of the connection does so. */
    private synchronized void resume() {
        if (rest != null) {
            next.resumeWrites();
        }
    }

    /** Returns true if all of the relay is written. The caller holds the lock. */
    private boolean flushRest() throws IOException {
        if (rest != null && !flush(rest)) {
            return false;
        }
        rest = null;
        return true;
    }

    /** Returns true if all of it is written. The caller holds the lock. */
    private boolean flush(Rest left) throws IOException {
        if (undertowHasClosed && !left.isBegun()) {
            throw new ClosedChannelException();
        }
        ByteBuffer buffer = BUFFER.get();
        while (!left.isEmpty()) {
            buffer.clear();
            left.copyTo(buffer);
            buffer.flip();
            left.skip(next.write(buffer));
            if (buffer.hasRemaining()) {
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
     * Ends the writes of the relay. If they end within a frame, closes the connection and returns
     * false, because no close frame can follow. Otherwise closes it after a timeout.
     */
    synchronized boolean close() {
        closed = true;
        if (rest != null) {
            closer.finish();
            return false;
        }
        closer.closeLater();
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

    /** Returns a whole frame (RFC 6455 section 5.2). */
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
            boolean undertowsTurn;
            synchronized (WebSocketConduit.this) {
                left = rest;
                try {
                    written = left != null && !undertowIsWithin && flushRest();
                } catch (IOException broken) {
                    fail(Objects.requireNonNull(left), broken);
                }
                undertowsTurn = undertowWaits && (rest == null || undertowIsWithin);
            }
            if (written) {
                Objects.requireNonNull(left).completion.completed(null);
            }
            if (undertowsTurn) {
                undertowHandler.writeReady();
            }
            synchronized (WebSocketConduit.this) {
                if (rest == null && !undertowWaits) {
                    next.suspendWrites();
                }
            }
        }

        @Override
        public void forceTermination() {
            undertowHandler.forceTermination();
        }

        @Override
        public void terminated() {
            undertowHandler.terminated();
        }
    }

    // The methods that Undertow calls.

    /** Returns true while the relay is within a frame. The caller holds the lock. */
    private boolean relayIsWithin() {
        Rest left = rest;
        if (left == null || undertowIsWithin) {
            return false;
        }
        try {
            if (!flushRest()) {
                return true;
            }
            later(() -> left.completion.completed(null));
        } catch (IOException broken) {
            fail(left, broken); // if the connection is broken, Undertow meets the same error
        }
        return false;
    }

    /** Runs the task on the thread of the connection, without a lock. */
    private void later(Runnable task) {
        connection.getIoThread().execute(task);
    }

    @Override
    public int write(ByteBuffer source) {
        return (int) write(new ByteBuffer[] {source}, 0, 1);
    }

    @Override
    public synchronized long write(ByteBuffer[] sources, int offset, int length) {
        if (relayIsWithin()) {
            return 0;
        }
        long count;
        try {
            count = next.write(sources, offset, length);
        } catch (IOException gone) {
            return brokenOff(gone);
        }
        undertowIsWithin = false;
        for (int i = offset; i < offset + length; i++) {
            undertowIsWithin |= sources[i].hasRemaining();
        }
        undertowHasClosed = undertowCloses.getAsBoolean();
        return count;
    }

    /**
     * Closes the connection on another thread. If this threw instead, Undertow would close it on
     * the thread that reads. A broken connection is always ready for a write, so Undertow gets no
     * more turns: it would take all the time of that thread.
     */
    private int brokenOff(IOException gone) {
        broken = true;
        closed = true;
        undertowWaits = false;
        if (rest != null) {
            fail(rest, gone);
        }
        next.suspendWrites();
        closer.finish();
        return 0;
    }

    @Override
    public void terminateWrites() throws IOException {
        if (connection.isWriteShutdown()) {
            next.terminateWrites();
        } else if (!closer.hasBegun()) {
            closer.begin(next);
        }
    }

    @Override
    public void truncateWrites() throws IOException {
        terminateWrites();
    }

    @Override
    public boolean isWriteShutdown() {
        return closer.hasBegun() || next.isWriteShutdown();
    }

    @Override
    public synchronized void resumeWrites() {
        if (!broken) {
            undertowWaits = true;
            next.resumeWrites();
        }
    }

    @Override
    public synchronized void wakeupWrites() {
        if (!broken) {
            undertowWaits = true;
            next.wakeupWrites();
        }
    }

    @Override
    public synchronized void suspendWrites() {
        undertowWaits = false;
        if (rest == null) {
            next.suspendWrites();
        }
    }

    @Override
    public synchronized boolean isWriteResumed() {
        return undertowWaits;
    }

    @Override
    public void setWriteReadyHandler(WriteReadyHandler handler) {
        throw new UnsupportedOperationException("the channel keeps its own handler");
    }
}
