package dev.switchboard.web;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * The end of a connection of Undertow, on another thread than the one that reads: XNIO asks the kernel for all that is ready each time that
 * the reading thread closes a connection, and all other connections of that thread wait meanwhile.
 *
 * <p>It is also the reading end of the connection. As long as the connection is open, Undertow reads through it. Once the writing end is
 * closed, the other thread reads, because whoever meets the end of the input closes the connection.
 */
final class Parting extends AbstractStreamSourceConduit<StreamSourceConduit> {

    /** The client has so long to close its end; Undertow waits for ever. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int DRAIN_BYTES = 16 * 1024;

    private final StreamConnection connection;
    private final BooleanSupplier theyClosed;
    private final Executor closing;
    private final Duration patience;

    private volatile boolean begun;
    private XnioExecutor.@Nullable Key deadline; // guarded by this

    private Parting(StreamConnection connection, BooleanSupplier theyClosed, Executor closing, Duration patience) {
        super(connection.getSourceChannel().getConduit());
        this.connection = connection;
        this.theyClosed = theyClosed;
        this.closing = closing;
        this.patience = patience;
    }

    /**
     * {@code theyClosed} is true once the client has said that it sends nothing more. {@code closing} is for this alone, because what it does
     * for many connections takes long.
     */
    static Parting of(StreamConnection connection, BooleanSupplier theyClosed, Executor closing) {
        return of(connection, theyClosed, closing, PATIENCE);
    }

    /** {@code patience} is how long the client has to close its end. */
    static Parting of(StreamConnection connection, BooleanSupplier theyClosed, Executor closing, Duration patience) {
        Parting parting = new Parting(connection, theyClosed, closing, patience);
        connection.getSourceChannel().setConduit(parting);
        return parting;
    }

    /** The writing end is closed, or about to be. */
    boolean hasBegun() {
        return begun;
    }

    /** Closes the writing end, soon; all of it, if the client has said that it is at its end. */
    void begin(StreamSinkConduit sink) {
        begun = true;
        if (theyClosed.getAsBoolean()) {
            finish();
            return;
        }
        insist();
        closing.execute(() -> {
            try {
                sink.terminateWrites();
            } catch (IOException gone) {
                IoUtils.safeClose(connection);
            }
        });
    }

    /** Closes all of it, soon. */
    void finish() {
        closing.execute(() -> IoUtils.safeClose(connection));
    }

    /** Closes all of it after a while, if the client does not do so before. */
    synchronized void insist() {
        if (deadline == null) {
            deadline = connection.getIoThread().executeAfter(this::finish, patience.toMillis(), TimeUnit.MILLISECONDS);
            connection.setCloseListener(closed -> over()); // at once, if it is closed
        }
    }

    /** Else the deadline would hold the connection in memory. */
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
        try {
            int count = next.read(target);
            return count < 0 ? ended() : count;
        } catch (IOException gone) {
            return ended();
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        if (begun) {
            return drainSoon();
        }
        try {
            long count = next.read(targets, offset, length);
            return count < 0 ? ended() : count;
        } catch (IOException gone) {
            return ended();
        }
    }

    /** Undertow would close the connection on this thread; so it hears of a connection that brings nothing, until it is closed. */
    private int ended() {
        next.suspendReads();
        finish();
        return 0;
    }

    private int drainSoon() {
        next.suspendReads();
        closing.execute(this::drain);
        return 0;
    }

    @Override
    public void terminateReads() throws IOException {
        if (begun) {
            closing.execute(this::terminate);
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
