package dev.switchboard.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers one asynchronous request, and holds no thread while the client does not read.
 *
 * <p>Any thread may answer. The first answer counts.
 */
final class AsyncResponse {

    private static final System.Logger LOG = System.getLogger(AsyncResponse.class.getName());

    private final AsyncContext context;
    private final Set<AsyncResponse> underWay;
    private final ResponseWriter writer;
    private final AtomicBoolean given = new AtomicBoolean();
    private final Consumer<HttpError> onError;
    private volatile long since;

    /**
     * The caller is the thread by which the container dispatches the request. {@code writers} is as
     * in {@link ResponseWriter}. The response is in {@code underWay} from its answer until its end.
     * {@code onError} receives an error before the client gets it.
     */
    AsyncResponse(AsyncContext context, Executor writers, Set<AsyncResponse> underWay, Consumer<HttpError> onError)
            throws IOException {
        this.context = context;
        this.underWay = underWay;
        this.onError = onError;
        this.writer = new ResponseWriter(context, writers, this::lost);
    }

    void send(HttpError error) {
        if (isFirst()) {
            onError.accept(error);
            sendUnflushed(error::begin, error.body());
        }
    }

    void sendJson(int status, byte[] json) {
        sendJson(status, Map.of(), json);
    }

    /** Answers with JSON, and with headers besides. */
    void sendJson(int status, Map<String, String> headers, byte[] json) {
        if (isFirst()) {
            sendUnflushed(
                    response -> {
                        response.setStatus(status);
                        headers.forEach(response::setHeader);
                        response.setContentType("application/json");
                    },
                    json);
        }
    }

    /** Answers that all is well, without a body. */
    void sendNothing() {
        if (isFirst()) {
            sendUnflushed(response -> response.setStatus(HttpServletResponse.SC_NO_CONTENT), new byte[0]);
        }
    }

    /**
     * Answers before the request has been read, so this is the last request of its connection. The
     * answer is flushed: otherwise Undertow first reads the rest of the request.
     */
    void refuse(HttpError error) {
        if (isFirst()) {
            onError.accept(error);
            byte[] body = error.body();
            writer.write(body, this::written);
            finish(body.length, response -> {
                close(response);
                error.begin(response);
            });
        }
    }

    /** Answers as {@link #refuse}, where the container ends the request when the caller returns. */
    void refuseNow(HttpError error) {
        if (!given.compareAndSet(false, true)) {
            return;
        }
        onError.accept(error);
        HttpServletResponse response = (HttpServletResponse) context.getResponse();
        try {
            close(response);
            error.answer(response);
            response.flushBuffer(); // before Undertow reads what is left of the request
        } catch (IOException | RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "answering a request", gone);
        }
        writer.completeNow();
    }

    private boolean isFirst() {
        if (!given.compareAndSet(false, true)) {
            return false;
        }
        since = System.nanoTime();
        underWay.add(this);
        return true;
    }

    /**
     * Leaves it to the container when to send the answer. After a flush the client may send its
     * next request before this one is complete, and Payara now and then forgets such a connection.
     */
    private void sendUnflushed(Consumer<HttpServletResponse> head, byte[] body) {
        writer.writeUnflushed(body, this::written);
        finish(body.length, head);
    }

    private void finish(int length, Consumer<HttpServletResponse> head) {
        writer.end(null, null);
        writer.start(response -> {
            head.accept(response);
            if (length > 0) {
                response.setContentLength(length);
            }
        });
    }

    private static void close(HttpServletResponse response) {
        response.setHeader("Connection", "close");
    }

    /** Ends an answer that the client has not read for longer than {@code longest}. */
    void check(Duration longest) {
        if (System.nanoTime() - since > longest.toNanos()) {
            underWay.remove(this);
            writer.completeNow();
        }
    }

    private void written(@Nullable Throwable failure) {
        underWay.remove(this);
    }

    /** Prevents a later answer: containers use such objects for other requests. */
    private void lost(Throwable failure) {
        if (given.getAndSet(true)) {
            LOG.log(System.Logger.Level.DEBUG, "answering a request", failure);
        }
        underWay.remove(this);
    }
}
