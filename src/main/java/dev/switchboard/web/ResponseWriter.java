package dev.switchboard.web;

import dev.switchboard.spi.Transport.Completion;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes an HTTP response without blocking (Servlet 6.0 section 5.7), and completes it.
 *
 * <p>One thread at a time works on the response: the sender's, if the container can take something,
 * or the thread by which the container says that it can again. That thread holds no lock, because
 * containers have locks of their own. The response is not completed while a thread works on it, and
 * it is completed once: containers use such objects again, and the bytes would go into another
 * response. Any thread.
 */
final class ResponseWriter implements WriteListener, AsyncListener {

    private static final System.Logger LOG = System.getLogger(ResponseWriter.class.getName());

    /** The longest time that a thread may stay within a broken response. Nothing there blocks. */
    private static final Duration WITHIN = Duration.ofSeconds(1);

    /** The number of steps after which other responses have their turn. */
    private static final int TURN = 192;

    private enum State {
        /** The container will say when it can take something. */
        WAITING,
        /** The container can take something, and there is nothing to write. */
        READY,
        /** A thread works on the response. */
        WRITING,
        /** The response is complete or broken. */
        ENDED
    }

    private final AsyncContext context;
    private final HttpServletResponse response;
    private final ServletOutputStream out;
    private final boolean isLiberty;
    private final Executor writers;
    private final Consumer<Throwable> onFailure;
    private final CountDownLatch ended = new CountDownLatch(1);

    // all guarded by this
    private State state = State.WAITING;
    private @Nullable Thread within; // the thread that is within the response at this moment
    private boolean called; // by the container, while a thread was at work
    private boolean started;
    private boolean begun; // to write
    private boolean ending;
    private boolean abandoned;
    private @Nullable ResponsePart part;
    private @Nullable ResponsePart last;

    /**
     * The caller is the thread by which the container dispatches the request, because listeners are
     * welcome only then. {@code writers} continues what is too long for one turn. {@code onFailure}
     * runs once, on any thread, if the response breaks or the container ends it.
     */
    ResponseWriter(AsyncContext context, Executor writers, Consumer<Throwable> onFailure) throws IOException {
        this.context = context;
        this.response = (HttpServletResponse) context.getResponse();
        this.out = response.getOutputStream();
        this.isLiberty = out.getClass().getName().startsWith("com.ibm.ws.");
        this.writers = writers;
        this.onFailure = onFailure;
        context.addListener(this);
    }

    /**
     * Sets the status and the headers by {@code head}, and begins to write. Nothing is written
     * before.
     */
    void start(Consumer<HttpServletResponse> head) {
        synchronized (this) {
            if (state == State.ENDED) {
                return;
            }
            started = true;
        }
        try {
            head.accept(response);
            out.setWriteListener(this);
        } catch (RuntimeException gone) {
            fail(gone);
        }
    }

    /**
     * Writes and flushes the bytes. The completion runs when the container has taken them, and the
     * next write follows after that. Drops the bytes if the response has ended or is about to.
     */
    void write(byte[] bytes, Completion completion) {
        write(ResponsePart.flushed(bytes, completion));
    }

    /** Writes the bytes as {@link #write}, and leaves it to the container when to send them. */
    void writeUnflushed(byte[] bytes, Completion completion) {
        write(ResponsePart.unflushed(bytes, completion));
    }

    private void write(ResponsePart next) {
        synchronized (this) {
            if (state == State.ENDED || ending) {
                return;
            }
            part = next;
            if (!claim()) {
                return;
            }
        }
        work();
    }

    /**
     * Completes the response after the write under way and after {@code lastBytes}. If nothing has
     * been written, and {@code instead} is not null, the response is that error.
     */
    void end(byte @Nullable [] lastBytes, @Nullable HttpError instead) {
        synchronized (this) {
            ending = true;
            if (instead != null && !begun && part == null) {
                last = ResponsePart.of(instead);
            } else if (lastBytes != null) {
                last = ResponsePart.flushed(lastBytes, null);
            }
            if (!claim()) {
                return;
            }
        }
        work();
    }

    /** Waits until the response is complete. After {@code longest}, completes it as it is. */
    void awaitEnd(Duration longest) {
        try {
            if (!ended.await(longest.toMillis(), TimeUnit.MILLISECONDS)) {
                completeNow();
            }
        } catch (InterruptedException stopping) {
            completeNow();
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Completes the response as it is. A thread at work goes on as long as the container takes
     * something, and completes the response then.
     */
    void completeNow() {
        synchronized (this) {
            abandoned = true;
            if (state != State.WAITING) {
                return;
            }
            state = State.ENDED;
        }
        complete();
    }

    /** Returns true if the caller is at work from now on. The caller holds the lock. */
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
            ResponsePart current = current();
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

    /** Ends the work of the caller within the response, where another thread may be by now. */
    private synchronized void leave() {
        if (Thread.currentThread().equals(within)) {
            within = null;
            notifyAll();
        }
    }

    /** Waits until no other thread is within the response. */
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

    /**
     * Returns what to write. If there is nothing, returns null, and the caller is no longer at
     * work.
     */
    private @Nullable ResponsePart current() {
        synchronized (this) {
            if (state == State.ENDED) {
                return null;
            }
            if (part == null) {
                part = last;
                last = null;
            }
            if (part != null) {
                if (!begun && isLiberty) {
                    part.flushAgain();
                }
                begun = true;
                within = Thread.currentThread();
                return part;
            }
            if (!ending) {
                state = State.READY;
                return null;
            }
            state = State.ENDED;
        }
        complete();
        return null;
    }

    /**
     * Returns whether the container can take something. If not, the caller is no longer at work.
     *
     * <p>Containers call {@link #onWritePossible} at different moments. Tomcat may call it on
     * another thread while this one still asks, Undertow on its I/O thread, Grizzly on the stack of
     * the question.
     */
    private boolean isPossible() {
        while (!out.isReady()) {
            synchronized (this) {
                if (state == State.ENDED) {
                    return false;
                }
                if (called) {
                    called = false;
                    continue;
                }
                if (!abandoned) {
                    state = State.WAITING;
                    return false;
                }
                state = State.ENDED;
            }
            complete();
            return false;
        }
        synchronized (this) {
            return state != State.ENDED;
        }
    }

    private void step(ResponsePart current) throws IOException {
        if (current.step(response, out)) {
            synchronized (this) {
                part = null;
            }
            current.completed(null);
        }
    }

    private void complete() {
        ended.countDown();
        try {
            context.complete();
        } catch (RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "completing a response", gone);
        }
    }

    /**
     * Completes the response, and fails the write under way. Does nothing if the response has
     * ended.
     */
    void fail(Throwable failure) {
        fail(failure, this::complete);
    }

    private void fail(Throwable failure, Runnable completing) {
        ResponsePart broken;
        synchronized (this) {
            if (state == State.ENDED) {
                return;
            }
            state = State.ENDED;
            broken = part;
            part = null;
        }
        awaitLeave();
        completing.run();
        onFailure.accept(failure);
        if (broken != null) {
            broken.completed(failure);
        }
    }

    @Override
    public void onError(Throwable failure) {
        fail(failure);
    }

    /** The container uses the response again after this call, so this call completes nothing. */
    @Override
    public void onComplete(AsyncEvent event) {
        fail(new IOException("the container completed the response"), ended::countDown);
    }

    @Override
    public void onError(AsyncEvent event) {
        failIfStarted(Objects.requireNonNullElseGet(
                event.getThrowable(), () -> new IOException("the container gave no reason")));
    }

    /** There is no timeout, but containers that stop may report one. */
    @Override
    public void onTimeout(AsyncEvent event) {
        failIfStarted(new IOException("the container reported a timeout"));
    }

    /**
     * Leaves a response that this writer has not started to the container, which answers the
     * request.
     */
    private void failIfStarted(Throwable failure) {
        boolean ours;
        synchronized (this) {
            ours = started;
        }
        fail(failure, ours ? this::complete : ended::countDown);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
}
