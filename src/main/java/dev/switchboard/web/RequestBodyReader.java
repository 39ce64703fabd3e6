package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.model.ClientError;
import dev.switchboard.model.Reason;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * Reads the bodies of requests without blocking (Servlet 6.0 section 3.7).
 *
 * <p>A body has a maximum size, and at most the time of {@code switchboard.message.time}. All
 * bodies together have a maximum size as well. Any thread.
 */
final class RequestBodyReader {

    private static final System.Logger LOG = System.getLogger(RequestBodyReader.class.getName());

    private static final int BUFFER = 4096;

    static final HttpError TOO_LARGE = new HttpError(
                    HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE, 106, "The body is too large.")
            .because(
                    new Reason(
                            "message_bytes",
                            "the body is larger than switchboard.message.bytes, or than switchboard.api.message.bytes and its frame allow"));

    private static final HttpError TOO_SLOW = new HttpError(
            HttpServletResponse.SC_REQUEST_TIMEOUT, 107, "The body takes longer than switchboard.message.time.");

    private static final HttpError INTERNAL =
            HttpError.of(HttpServletResponse.SC_INTERNAL_SERVER_ERROR, ClientError.INTERNAL);

    private static final HttpError INCOMPLETE =
            new HttpError(HttpServletResponse.SC_BAD_REQUEST, 107, "The body is not complete.");

    private static final HttpError BUSY =
            new HttpError(HttpServletResponse.SC_SERVICE_UNAVAILABLE, 100, "Too many bodies are under way.", 1);

    /** The bytes of all bodies under way together. */
    private static final long MAX_HELD = 64L << 20;

    private final Supplier<Relay> relay;
    private final AtomicLong held = new AtomicLong();
    private final Set<Reading> underWay = ConcurrentHashMap.newKeySet();
    private final Set<AsyncResponse> answers = ConcurrentHashMap.newKeySet();

    RequestBodyReader(Supplier<Relay> relay) {
        this.relay = relay;
    }

    /**
     * Reads a body of at most {@code maxBytes}. The caller is the thread by which the container
     * dispatches the request. {@code whole} runs on a thread of the relay, with the body and with
     * the response that it must answer. If the body is refused, {@code whole} does not run.
     */
    void read(AsyncContext context, int maxBytes, BiConsumer<byte[], AsyncResponse> whole) throws IOException {
        Reading reading = new Reading(context, maxBytes, whole);
        underWay.add(reading);
        reading.in.setReadListener(reading);
    }

    /**
     * Ends the bodies and the answers that take too long. The caller calls this about once a
     * second.
     */
    void check() {
        Duration longest = relay.get().settings().limits().messageTime();
        underWay.forEach(reading -> reading.check(longest));
        answers.forEach(answer -> answer.check(longest));
    }

    /** Refuses the requests whose bodies are under way. */
    void stop() {
        underWay.forEach(reading -> reading.refuse(Refusal.DRAINING.error()));
    }

    private static void refused(HttpServletRequest request, HttpError error, Relay running) {
        try {
            Visit.of(request, running).refused(error, running);
        } catch (RuntimeException over) { // the container has ended the request meanwhile
            LOG.log(System.Logger.Level.DEBUG, "a request that is over", over);
        }
    }

    /** Reads one body. */
    private final class Reading implements ReadListener {
        private final ServletInputStream in;
        private final long length; // -1 if the head does not name it
        private final int maxBytes;
        private final BiConsumer<byte[], AsyncResponse> whole;
        private final AsyncResponse answer;
        private final long since = System.nanoTime();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicLong heldHere = new AtomicLong();

        Reading(AsyncContext context, int maxBytes, BiConsumer<byte[], AsyncResponse> whole) throws IOException {
            this.in = context.getRequest().getInputStream();
            this.length = context.getRequest().getContentLengthLong();
            this.maxBytes = maxBytes;
            this.whole = whole;
            HttpServletRequest request = (HttpServletRequest) context.getRequest();
            this.answer = new AsyncResponse(
                    context, relay.get().writers(), answers, error -> refused(request, error, relay.get()));
        }

        void check(Duration longest) {
            if (System.nanoTime() - since > longest.toNanos()) {
                refuse(TOO_SLOW);
            }
        }

        /**
         * Reads what is ready, and ends with the last byte that the head has named.
         *
         * <p>On Payara {@code isReady()} must not follow that byte. It makes a second reader of the
         * connection, and the two readers mix up the bytes of the next requests.
         * {@code isFinished()} does not help: Payara answers it for the bytes that have arrived,
         * read or not.
         */
        @Override
        public void onDataAvailable() throws IOException {
            byte[] buffer = new byte[BUFFER];
            while (!over.get() && body.size() != length && in.isReady()) {
                int count = in.read(buffer);
                if (count < 0) {
                    return;
                }
                if (count > maxBytes - body.size()) {
                    refuse(TOO_LARGE);
                    return;
                }
                body.write(buffer, 0, count);
                heldHere.addAndGet(count);
                if (held.addAndGet(count) > MAX_HELD) {
                    refuse(BUSY);
                    return;
                }
            }
            if (over.get()) { // perhaps released before the last addition
                release();
            } else if (body.size() == length) {
                onAllDataRead();
            }
        }

        private void release() {
            held.addAndGet(-heldHere.getAndSet(0));
        }

        @Override
        public void onAllDataRead() {
            if (claim()) {
                relay.get().writers().execute(this::pass);
            }
        }

        private void pass() {
            try {
                whole.accept(body.toByteArray(), answer);
            } catch (Throwable failure) {
                relay.get().counters().internalErrors().count("request");
                LOG.log(System.Logger.Level.ERROR, "a request failed", failure);
                answer.send(INTERNAL);
            } finally {
                release();
            }
        }

        @Override
        public void onError(Throwable failure) {
            LOG.log(System.Logger.Level.DEBUG, "reading a body", failure);
            if (claim()) {
                release();
                answer.refuseNow(INCOMPLETE);
            }
        }

        void refuse(HttpError error) {
            if (claim()) {
                release();
                answer.refuse(error);
            }
        }

        /** Returns true for the first caller, which ends this reading. */
        private boolean claim() {
            underWay.remove(this);
            return over.compareAndSet(false, true);
        }
    }
}
