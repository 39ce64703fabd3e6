package dev.switchboard.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The answer to a request that goes on by itself, written as its reader takes it, so that no thread waits for one who does not (Servlet 6.0
 * section 5.7).
 *
 * <p>Any thread may give it; the first one given counts.
 */
final class AsyncResponse implements WriteListener, AsyncListener {

    private static final System.Logger LOG = System.getLogger(AsyncResponse.class.getName());

    /** Each is taken only when the container can take something, and the last when it has taken all. */
    private enum Step {
        WRITE,
        FLUSH,
        COMPLETE,
        OVER
    }

    private final AsyncContext context;
    private final HttpServletResponse response;
    private final Set<AsyncResponse> underWay;
    private final AtomicBoolean given = new AtomicBoolean();
    private final AtomicInteger calls = new AtomicInteger();
    private byte[] body = {};
    private boolean early;
    private Step next = Step.WRITE; // belongs to whoever made calls more than nothing
    private volatile long since;

    /**
     * To be made while the container dispatches the request, because listeners are welcome only then. It is in {@code underWay} from when it is
     * given until it is over.
     */
    AsyncResponse(AsyncContext context, Set<AsyncResponse> underWay) {
        this.context = context;
        this.response = (HttpServletResponse) context.getResponse();
        this.underWay = underWay;
        context.addListener(this);
    }

    void send(HttpError problem) {
        give(problem::begin, problem.body());
    }

    /** Before the request has been read, so nothing else can come on this connection. */
    void refuse(HttpError problem) {
        early = true;
        close();
        send(problem);
    }

    private void close() {
        response.setHeader("Connection", "close");
    }

    void sendJson(int status, byte[] json) {
        give(
                to -> {
                    to.setStatus(status);
                    to.setContentType("application/json");
                },
                json);
    }

    /** All is well, and there is no more to say. */
    void sendNothing() {
        give(to -> to.setStatus(HttpServletResponse.SC_NO_CONTENT), new byte[0]);
    }

    private void give(Consumer<HttpServletResponse> head, byte[] content) {
        if (!given.compareAndSet(false, true)) {
            return;
        }
        since = System.nanoTime();
        underWay.add(this);
        body = content;
        try {
            head.accept(response);
            if (content.length > 0) {
                response.setContentLength(content.length);
            }
            response.getOutputStream().setWriteListener(this);
        } catch (IOException | RuntimeException gone) {
            onError(gone);
        }
    }

    /** As {@link #refuse}, where the container ends the request as soon as the caller returns. */
    void refuseNow(HttpError problem) {
        if (!given.compareAndSet(false, true)) {
            return;
        }
        try {
            close();
            problem.answer(response);
            response.flushBuffer(); // before Undertow reads what is left of the request
            complete();
        } catch (IOException | RuntimeException gone) {
            onError(gone);
        }
    }

    /** Ends what nobody has read for so long. A reply that is being written at this moment is left until the next time. */
    void check(Duration longest) {
        if (System.nanoTime() - since > longest.toNanos() && calls.compareAndSet(0, 1)) {
            complete();
        }
    }

    /** One call at a time is at work; one that comes meanwhile has it go round again. */
    @Override
    public void onWritePossible() {
        if (calls.getAndIncrement() > 0) {
            return;
        }
        try {
            do {
                work();
            } while (next != Step.OVER && calls.decrementAndGet() > 0);
        } catch (IOException | RuntimeException gone) {
            onError(gone);
        }
    }

    /**
     * As far as the container takes it. It is flushed only where Undertow would read on to the end of the request otherwise: Payara now and then
     * forgets a connection whose next request comes before the last one is complete.
     */
    private void work() throws IOException {
        ServletOutputStream out = response.getOutputStream();
        while (next != Step.OVER && out.isReady()) {
            switch (next) {
                case WRITE -> {
                    next = Step.FLUSH;
                    if (body.length > 0) {
                        out.write(body);
                    }
                }
                case FLUSH -> {
                    next = Step.COMPLETE;
                    if (early) {
                        out.flush();
                    }
                }
                default -> {
                    next = Step.OVER;
                    complete();
                }
            }
        }
    }

    private void complete() {
        underWay.remove(this);
        try {
            context.complete();
        } catch (RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "completing a request", gone);
        }
    }

    @Override
    public void onError(Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "answering a request", failure);
        complete();
    }

    /** Prevents a second completion: containers use such objects for other requests. */
    @Override
    public void onComplete(AsyncEvent event) {
        given.set(true);
        underWay.remove(this);
    }

    /** The container answers and completes it. */
    @Override
    public void onError(AsyncEvent event) {
        onComplete(event);
    }

    /** There is no timeout, but containers that stop may say so all the same. */
    @Override
    public void onTimeout(AsyncEvent event) {
        onComplete(event);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
}
