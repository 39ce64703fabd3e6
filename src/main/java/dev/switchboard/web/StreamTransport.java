package dev.switchboard.web;

import dev.switchboard.hub.Client;
import dev.switchboard.limits.Admission.Place;
import dev.switchboard.model.Disconnect;
import dev.switchboard.model.Frame;
import dev.switchboard.model.Peer;
import dev.switchboard.spi.Transport;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The way out through an HTTP answer that does not end, written without blocking (Servlet 6.0 section 5.7).
 *
 * <p>One thread at a time works on the answer: the sender's, if the container can take something,
 * or the thread by which the container says that it can again. That thread holds no lock, because
 * containers have locks of their own. The answer is not completed while a thread works on it:
 * containers use such objects again, and the bytes would go into another answer.
 */
final class StreamTransport implements Transport, WriteListener, AsyncListener {

    private static final System.Logger LOG = System.getLogger(StreamTransport.class.getName());

    /** How long a client that does not read may take for what it is told last. */
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    /** How long a thread may be within the answer after that has broken; nothing there blocks. */
    private static final Duration WITHIN = Duration.ofSeconds(1);

    /** So many steps in a row, then others have their turn. */
    private static final int TURN = 192;

    private enum State {
        /** The container will say when it can take something. */
        WAITING,
        /** It can, and there is nothing to write. */
        READY,
        /** A thread is at work. */
        WRITING,
        /** The answer is complete or broken. */
        ENDED
    }

    /** Each is taken only when the container can take something, and the last when it has taken all. */
    private enum Step {
        WRITE,
        FLUSH,
        DONE
    }

    /** What is written at a time. */
    private static final class Part {
        final byte[] bytes;
        final @Nullable HttpError instead;
        final @Nullable Completion completion;
        Step next = Step.WRITE;

        Part(byte[] bytes, @Nullable HttpError instead, @Nullable Completion completion) {
            this.bytes = bytes;
            this.instead = instead;
            this.completion = completion;
        }
    }

    private final AsyncContext context;
    private final HttpServletResponse response;
    private final ServletOutputStream out;
    private final HandshakePrincipal visitor;
    private final StreamFormat layout;
    private final Executor writers;
    private final ResponseConnection connectionBelow;
    private final SessionBinding connection = new SessionBinding();
    private final CountDownLatch ended = new CountDownLatch(1);

    // all guarded by this
    private State state = State.WAITING;
    private @Nullable Thread within; // the answer, at this moment
    private boolean called; // by the container, while a thread was at work
    private boolean begun;
    private boolean closing;
    private boolean abandoned;
    private @Nullable Part part;
    private @Nullable Part last;

    /**
     * To be made while the container dispatches the request, because listeners are welcome only then. {@code writers} goes on with what is too
     * much for one turn; {@code connectionBelow} is the connection of the request.
     */
    StreamTransport(
            AsyncContext context,
            HandshakePrincipal visitor,
            StreamFormat layout,
            Executor writers,
            ResponseConnection connectionBelow)
            throws IOException {
        this.context = context;
        this.response = (HttpServletResponse) context.getResponse();
        this.out = response.getOutputStream();
        this.visitor = visitor;
        this.layout = layout;
        this.writers = writers;
        this.connectionBelow = connectionBelow;
        context.addListener(this);
    }

    /** {@code connect} makes the client; {@link #start} follows. */
    Client open(Function<Transport, Client> connect) {
        return connection.open(visitor, this, connect);
    }

    /** Nothing is written before. */
    void start() {
        try {
            layout.head(response);
            connectionBelow.watch(() -> fail(new IOException("the client has closed the connection")));
            out.setWriteListener(this);
        } catch (RuntimeException gone) {
            fail(gone);
        }
    }

    @Override
    public String name() {
        return layout.transport();
    }

    @Override
    public Peer peer() {
        return visitor.peer();
    }

    @Override
    public @Nullable Place place() {
        return visitor.place();
    }

    @Override
    public void limitBuffering() {
        connectionBelow.limitBuffering();
    }

    @Override
    public void send(Frame frame, Completion completion) {
        Part next = new Part(layout.bytes(frame), null, frame instanceof Frame.Ping ? alive(completion) : completion);
        synchronized (this) {
            if (state == State.ENDED || closing) {
                return; // its client has ended, or is about to
            }
            part = next;
            if (!claim()) {
                return;
            }
        }
        work();
    }

    /** There is no answer to a ping: that it could be written is all there is to know. */
    private Completion alive(Completion completion) {
        return failure -> {
            if (failure == null) {
                connection.pong();
            }
            completion.completed(failure);
        };
    }

    /** True if the caller is at work from now on; under the lock. */
    private boolean claim() {
        if (state != State.READY) {
            return false;
        }
        state = State.WRITING;
        return true;
    }

    @Override
    public void onWritePossible() {
        synchronized (this) {
            if (state == State.WRITING) {
                called = true;
                return;
            }
            if (state == State.ENDED) {
                return;
            }
            state = State.WRITING;
        }
        work();
    }

    private void work() {
        for (int i = 0; i < TURN; i++) {
            Part current = current();
            if (current == null) {
                return;
            }
            try {
                if (!isPossible()) {
                    return;
                }
                step(current);
            } catch (Throwable failure) { // containers throw IllegalStateException and worse when a connection is gone
                leave();
                fail(failure);
                return;
            } finally {
                leave();
            }
        }
        writers.execute(this::work);
    }

    /** The caller is within the answer no more; another may be by now. */
    private synchronized void leave() {
        if (Thread.currentThread().equals(within)) {
            within = null;
            notifyAll();
        }
    }

    /** Returns when nobody else is within the answer. */
    private synchronized void awaitLeave() {
        long end = System.nanoTime() + WITHIN.toNanos();
        try {
            for (long left = WITHIN.toNanos();
                    left > 0 && within != null && !Thread.currentThread().equals(within);
                    left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /** What there is to do; null if there is nothing, and then the caller is no longer at work. */
    private @Nullable Part current() {
        synchronized (this) {
            if (state == State.ENDED) {
                return null;
            }
            if (part == null) {
                part = last;
                last = null;
            }
            if (part != null) {
                begun = true;
                within = Thread.currentThread();
                return part;
            }
            if (!closing) {
                state = State.READY;
                return null;
            }
            state = State.ENDED;
        }
        complete();
        return null;
    }

    /** Whether the container can take something; if not, the caller is no longer at work. */
    private boolean isPossible() {
        while (!out.isReady()) {
            synchronized (this) {
                if (!called) {
                    if (!abandoned) {
                        state = State.WAITING;
                        return false;
                    }
                    state = State.ENDED;
                    break;
                }
                called = false;
            }
        }
        synchronized (this) {
            if (state != State.ENDED) {
                return true;
            }
        }
        complete();
        return false;
    }

    private void step(Part current) throws IOException {
        switch (current.next) {
            case WRITE -> {
                if (current.instead != null) {
                    current.instead.begin(response);
                }
                current.next = Step.FLUSH;
                out.write(current.bytes);
            }
            case FLUSH -> {
                current.next = Step.DONE;
                out.flush();
            }
            case DONE -> {
                synchronized (this) {
                    part = null;
                }
                if (current.completion != null) {
                    current.completion.completed(null);
                }
            }
        }
    }

    @Override
    public void close(Disconnect why, @Nullable Frame word) {
        boolean worker;
        synchronized (this) {
            closing = true;
            HttpError instead = begun || part != null ? null : layout.instead(why);
            if (instead != null) {
                last = new Part(instead.body(), instead, null);
            } else if (word != null) {
                last = new Part(layout.bytes(word), null, null);
            }
            worker = claim();
        }
        if (worker) {
            work();
        }
        try {
            if (!ended.await(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
                abandon();
            }
        } catch (InterruptedException stopping) {
            abandon();
            Thread.currentThread().interrupt();
        }
        connection.leave();
    }

    /** It does not read what it is told last. */
    private void abandon() {
        synchronized (this) {
            abandoned = true;
            if (state != State.WAITING) {
                return;
            }
            state = State.ENDED;
        }
        complete();
    }

    private void complete() {
        ended.countDown();
        try {
            context.complete();
        } catch (RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "completing a stream", gone);
        }
    }

    private void fail(Throwable failure) {
        Part broken;
        synchronized (this) {
            if (state == State.ENDED) {
                return;
            }
            state = State.ENDED;
            broken = part;
            part = null;
        }
        awaitLeave();
        complete();
        connection.lost(); // first: a client that has left is no client to which a write failed
        visitor.giveBack(); // also if no client was connected
        if (broken != null && broken.completion != null) {
            broken.completion.completed(failure);
        }
    }

    @Override
    public void onError(Throwable failure) {
        fail(failure);
    }

    @Override
    public void onError(AsyncEvent event) {
        fail(Objects.requireNonNullElseGet(
                event.getThrowable(), () -> new IOException("the container gave no reason")));
    }

    @Override
    public void onComplete(AsyncEvent event) {
        fail(new IOException("the answer was completed by the container"));
    }

    /** There is no timeout, but containers that stop may say so all the same. */
    @Override
    public void onTimeout(AsyncEvent event) {
        fail(new IOException("the container's timeout"));
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
}
