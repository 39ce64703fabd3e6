package dev.switchboard.web;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * Closes a connection of Undertow on another thread than the one that reads.
 *
 * <p>XNIO calls {@code selectNow} each time the reading thread closes a connection, and all other
 * connections of that thread wait meanwhile. XNIO does not do that on another thread.
 *
 * <p>This is the source conduit of the connection. Undertow reads through it while the connection
 * is open. After the sink is closed, the closing thread reads: the thread that meets the end of the
 * input closes the connection.
 */
final class ClosingConduit extends AbstractStreamSourceConduit<StreamSourceConduit> {

    private static final System.Logger LOG = System.getLogger(ClosingConduit.class.getName());

    /** The time that the client has to close its end. Undertow has no limit of its own. */
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    /** The longest wait for a reading thread. */
    private static final Duration LONGEST_WAIT = Duration.ofMillis(100);

    private static final int DRAIN_BYTES = 16 * 1024;

    /** The first byte of a close frame (RFC 6455 section 5.2). */
    private static final byte CLOSE = (byte) 0x88;

    /** The longest close frame of a client, with its mask (RFC 6455 section 5.5). */
    private static final int CLOSE_BYTES = 131;

    private final StreamConnection connection;
    private final BooleanSupplier clientClosed;
    private final Executor closing;
    private final Duration timeout;

    private final AtomicBoolean finished = new AtomicBoolean();
    private volatile boolean begun;
    private byte @Nullable [] closeFrame; // belongs to the reading thread
    private boolean itsTurn; // belongs to the reading thread
    private XnioExecutor.@Nullable Key deadline; // guarded by this

    private ClosingConduit(
            StreamConnection connection, BooleanSupplier clientClosed, Executor closing, Duration timeout) {
        super(connection.getSourceChannel().getConduit());
        this.connection = connection;
        this.clientClosed = clientClosed;
        this.closing = closing;
        this.timeout = timeout;
    }

    /**
     * Installs the conduit. {@code clientClosed} returns true after the client's close frame.
     * {@code closing} has one thread, and runs nothing else.
     */
    static ClosingConduit of(StreamConnection connection, BooleanSupplier clientClosed, Executor closing) {
        return of(connection, clientClosed, closing, CLOSE_TIMEOUT);
    }

    /** Installs the conduit. {@code timeout} is the time that the client has to close its end. */
    static ClosingConduit of(
            StreamConnection connection, BooleanSupplier clientClosed, Executor closing, Duration timeout) {
        ClosingConduit closer = new ClosingConduit(connection, clientClosed, closing, timeout);
        connection.getSourceChannel().setConduit(closer);
        return closer;
    }

    /** Returns true once the sink is closed, or is about to be. */
    boolean hasBegun() {
        return begun;
    }

    /** Closes the sink soon, or the whole connection if the client has sent its close frame. */
    void begin(StreamSinkConduit sink) {
        begun = true;
        if (clientClosed.getAsBoolean()) {
            finish();
            return;
        }
        closeLater();
        soon(() -> {
            try {
                sink.terminateWrites();
            } catch (IOException gone) {
                IoUtils.safeClose(connection);
            }
        });
    }

    /** Runs a task on the closing thread. If that thread has ended, closes the connection at once. */
    private void soon(Runnable task) {
        try {
            closing.execute(task);
        } catch (RejectedExecutionException stopped) {
            IoUtils.safeClose(connection);
        }
    }

    /** Closes the connection soon. Later calls do nothing. */
    void finish() {
        if (finished.compareAndSet(false, true)) {
            soon(() -> close(connection));
        }
    }

    /**
     * Closes a connection, and waits until its reading thread has run the tasks of the close.
     * Without the wait its queue is empty only after the last of many closes, and it reads nothing
     * before.
     */
    static void close(StreamConnection connection) {
        IoUtils.safeClose(connection);
        if (!Thread.currentThread().equals(connection.getIoThread())) {
            runAndWait(connection, () -> {});
        }
    }

    /** Runs a task on the reading thread, after the tasks that wait there. */
    private static void runAndWait(StreamConnection connection, Runnable task) {
        CountDownLatch tasks = new CountDownLatch(1);
        try {
            connection.getIoThread().execute(() -> {
                task.run();
                tasks.countDown();
            });
            if (!tasks.await(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.log(System.Logger.Level.DEBUG, "a reading thread is busy");
            }
        } catch (RejectedExecutionException stopped) {
            LOG.log(System.Logger.Level.DEBUG, "closing a connection", stopped);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /** Closes the connection after the timeout, unless the client closes it before. */
    synchronized void closeLater() {
        if (deadline == null) {
            deadline = connection.getIoThread().executeAfter(this::finish, timeout.toMillis(), TimeUnit.MILLISECONDS);
            connection.setCloseListener(closed -> over()); // runs at once on a closed connection
        }
    }

    /** Removes the deadline, which would keep the connection in memory. */
    private synchronized void over() {
        Objects.requireNonNull(deadline).remove();
    }

    private void drain() {
        try {
            if (next.read(ByteBuffer.allocate(DRAIN_BYTES)) >= 0) {
                next.resumeReads();
            }
        } catch (IOException gone) {
            IoUtils.safeClose(connection);
        }
    }

    @Override
    public int read(ByteBuffer target) {
        if (begun) {
            return drainSoon();
        }
        if (closeFrame != null) {
            return handOver(closeFrame, target);
        }
        int start = target.position();
        try {
            int count = next.read(target);
            return count < 0 ? ended() : mayBeClose(target, start) ? later(target, start) : count;
        } catch (IOException gone) {
            return ended();
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (targets[i].hasRemaining()) {
                return read(targets[i]);
            }
        }
        return 0;
    }

    private static boolean mayBeClose(ByteBuffer target, int start) {
        int count = target.position() - start;
        return count > 0 && count <= CLOSE_BYTES && target.get(start) == CLOSE;
    }

    /**
     * Takes back what looks like a close frame, and reports no input before its turn.
     *
     * <p>Undertow answers a close frame at once. If many arrive together, all other connections of
     * the reading thread wait for those answers. The closing thread gives one connection after the
     * other its turn, and the reading thread does its other work in between. Bytes within a message
     * may look the same. They lose nothing, because the order of bytes stays.
     */
    private int later(ByteBuffer target, int start) {
        byte[] bytes = new byte[target.position() - start];
        target.position(start).get(bytes).position(start);
        closeFrame = bytes;
        next.suspendReads();
        soon(() -> runAndWait(connection, this::takeTurn));
        return 0;
    }

    private void takeTurn() {
        itsTurn = true;
        connection.getSourceChannel().wakeupReads();
    }

    /** Moves the bytes to {@code target} when it is their turn. */
    private int handOver(byte[] bytes, ByteBuffer target) {
        if (!itsTurn) {
            next.suspendReads();
            return 0;
        }
        int count = Math.min(bytes.length, target.remaining());
        target.put(bytes, 0, count);
        closeFrame = count == bytes.length ? null : Arrays.copyOfRange(bytes, count, bytes.length);
        itsTurn = closeFrame != null;
        return count;
    }

    /**
     * Closes the connection soon and reports no input. At an end of the input or an exception,
     * Undertow would close it on this thread.
     */
    private int ended() {
        next.suspendReads();
        finish();
        return 0;
    }

    private int drainSoon() {
        next.suspendReads();
        soon(this::drain);
        return 0;
    }

    @Override
    public void terminateReads() throws IOException {
        if (begun) {
            soon(this::terminate);
        } else {
            next.terminateReads();
        }
    }

    private void terminate() {
        try {
            next.terminateReads();
        } catch (IOException gone) {
            IoUtils.safeClose(connection);
        }
    }
}
