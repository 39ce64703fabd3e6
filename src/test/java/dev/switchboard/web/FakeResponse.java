package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Takes so many calls of an asynchronous response, and records the calls that no container allows. */
class FakeResponse extends ServletOutputStream {

    final ByteArrayOutputStream written = new ByteArrayOutputStream();
    final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    final List<String> violations = new ArrayList<>();
    final AtomicInteger completed = new AtomicInteger();
    final AtomicInteger flushes = new AtomicInteger();
    int status = 200;
    volatile int readyFor = Integer.MAX_VALUE;
    volatile @Nullable IOException failure;
    private final AtomicBoolean busy = new AtomicBoolean();
    private boolean asked;
    private boolean over;

    @Nullable
    WriteListener listener;

    private @Nullable AsyncListener asyncListener;

    /** Runs while something is written. */
    Runnable during = () -> {};

    final HttpServletResponse response = Requests.proxy(HttpServletResponse.class, (self, method, arguments) -> {
        if (over) {
            violations.add("of another request: " + method.getName());
        }
        return switch (method.getName()) {
            case "getOutputStream" -> this;
            case "setHeader" -> headers.put((String) arguments[0], (String) arguments[1]);
            case "setContentType" -> headers.put("Content-Type", (String) arguments[0]);
            case "setContentLength" -> headers.put("Content-Length", arguments[0].toString());
            case "setStatus" -> {
                status = (int) arguments[0];
                yield null;
            }
            case "flushBuffer" -> {
                flushes.incrementAndGet();
                yield null;
            }
            default -> throw new UnsupportedOperationException(method.getName());
        };
    });

    final AsyncContext context =
            Requests.proxy(AsyncContext.class, (self, method, arguments) -> switch (method.getName()) {
                case "getResponse" -> response;
                case "getRequest" -> null;
                case "addListener" -> {
                    asyncListener = (AsyncListener) arguments[0];
                    yield null;
                }
                case "complete" -> {
                    if (over || completed.incrementAndGet() > 1) {
                        violations.add("completed again");
                        throw new IllegalStateException("completed already");
                    }
                    yield null;
                }
                default -> throw new UnsupportedOperationException(method.getName());
            });

    @Override
    public boolean isReady() {
        asked = readyFor > 0;
        return asked;
    }

    @Override
    public void setWriteListener(WriteListener given) {
        listener = given;
    }

    /** Takes so many more calls, and tells the listener. */
    void free(int calls) throws IOException {
        readyFor = calls;
        Objects.requireNonNull(listener).onWritePossible();
    }

    /** Reports a broken connection. */
    void breakOff(IOException reason) {
        Objects.requireNonNull(listener).onError(reason);
    }

    /** Completes the response as a container may, which then uses it for another request. */
    void end() throws IOException {
        over = true;
        Objects.requireNonNull(asyncListener).onComplete(new AsyncEvent(context));
    }

    /** Reports an error of the request, which the container answers if the listener does not complete it. */
    void failRequest() throws IOException {
        Objects.requireNonNull(asyncListener).onError(new AsyncEvent(context));
    }

    private void call(String what, Runnable effect) throws IOException {
        if (!busy.compareAndSet(false, true)) {
            violations.add("two threads at once: " + what);
        }
        if (!asked) {
            violations.add("not asked before: " + what);
        }
        if (completed.get() > 0) {
            violations.add("after the end: " + what);
        }
        asked = false;
        if (failure != null) {
            busy.set(false);
            throw failure;
        }
        if (readyFor != Integer.MAX_VALUE) {
            readyFor--;
        }
        effect.run();
        busy.set(false);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        call("write", () -> {
            during.run();
            written.write(bytes, from, length);
        });
    }

    @Override
    public void write(int single) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void flush() throws IOException {
        call("flush", flushes::incrementAndGet);
    }

    String text() {
        return written.toString(UTF_8);
    }
}
