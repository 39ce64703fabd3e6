package dev.switchboard.web;

import dev.switchboard.Relay;
import dev.switchboard.hub.ClientError;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Reads the bodies of requests up to a size and for the time that a message may take, while no thread of the container waits for them
 * (Servlet 6.0 section 3.7). Any thread.
 */
final class Intake {

    private static final System.Logger LOG = System.getLogger(Intake.class.getName());

    private static final int BUFFER = 4096;

    static final Problem TOO_LARGE =
            new Problem(HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE, 106, "The body is too large.");

    private static final Problem TOO_SLOW = new Problem(
            HttpServletResponse.SC_REQUEST_TIMEOUT, 107, "The body takes longer than switchboard.message.time.");

    private static final Problem FAULT = Problem.of(HttpServletResponse.SC_INTERNAL_SERVER_ERROR, ClientError.INTERNAL);

    private static final Problem CUT =
            new Problem(HttpServletResponse.SC_BAD_REQUEST, 107, "The body is not complete.");

    private static final Problem BUSY =
            new Problem(HttpServletResponse.SC_SERVICE_UNAVAILABLE, 100, "Too many bodies are under way.", 1);

    /** Of all bodies that are under way. */
    private static final long MAX_HELD = 64L << 20;

    private final Supplier<Relay> relay;
    private final AtomicLong held = new AtomicLong();
    private final Set<Reading> underWay = ConcurrentHashMap.newKeySet();

    Intake(Supplier<Relay> relay) {
        this.relay = relay;
    }

    /** {@code whole} gets the body on a thread of the relay and answers; if there is to be no such body the answer is given here. */
    void read(AsyncContext context, int maxBytes, Consumer<byte[]> whole) throws IOException {
        Reading reading = new Reading(context, maxBytes, whole);
        underWay.add(reading);
        reading.in.setReadListener(reading);
    }

    /** Gives up what takes too long; to be called about once a second. */
    void check() {
        long longest = relay.get().settings().limits().messageTime().toNanos();
        for (Reading reading : underWay) {
            if (System.nanoTime() - reading.since > longest) {
                reading.refuse(TOO_SLOW);
            }
        }
    }

    /** Nothing more comes; who is in the middle of a body is sent away. */
    void stop() {
        underWay.forEach(reading -> reading.refuse(Gate.Refusal.DRAINING.problem()));
    }

    /** Ends the request with this answer. */
    void answer(Problem problem, AsyncContext context) {
        answerNow(problem, context);
    }

    private static void answerNow(Problem problem, AsyncContext context) {
        try {
            problem.answer((HttpServletResponse) context.getResponse());
        } catch (IOException | RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "answering a request", gone);
        }
        complete(context);
    }

    static void complete(AsyncContext context) {
        try {
            context.complete();
        } catch (RuntimeException gone) {
            LOG.log(System.Logger.Level.DEBUG, "completing a request", gone);
        }
    }

    private final class Reading implements ReadListener {
        private final AsyncContext context;
        private final ServletInputStream in;
        private final int maxBytes;
        private final Consumer<byte[]> whole;
        private final long since = System.nanoTime();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private final AtomicBoolean over = new AtomicBoolean();
        private final AtomicLong counted = new AtomicLong();

        Reading(AsyncContext context, int maxBytes, Consumer<byte[]> whole) throws IOException {
            this.context = context;
            this.in = context.getRequest().getInputStream();
            this.maxBytes = maxBytes;
            this.whole = whole;
        }

        /** Asks until nothing is ready, and never whether it is finished: on Payara that is said of what has arrived, read or not. */
        @Override
        public void onDataAvailable() throws IOException {
            byte[] buffer = new byte[BUFFER];
            while (!over.get() && in.isReady()) {
                int count = in.read(buffer);
                if (count < 0) {
                    return;
                }
                if (count > maxBytes - body.size()) {
                    refuse(TOO_LARGE);
                    return;
                }
                body.write(buffer, 0, count);
                counted.addAndGet(count);
                if (held.addAndGet(count) > MAX_HELD) {
                    refuse(BUSY);
                    return;
                }
            }
            if (over.get()) { // perhaps after the last was given back
                giveBack();
            }
        }

        private void giveBack() {
            held.addAndGet(-counted.getAndSet(0));
        }

        @Override
        public void onAllDataRead() {
            end(() -> whole.accept(body.toByteArray()));
        }

        @Override
        public void onError(Throwable failure) {
            LOG.log(System.Logger.Level.DEBUG, "reading a body", failure);
            if (claim()) { // by this thread, because the container ends the request next
                giveBack();
                close();
                answerNow(CUT, context);
            }
        }

        /** What is left of the body is not read, so nothing else can come on this connection. */
        void refuse(Problem why) {
            end(() -> {
                close();
                answer(why, context);
            });
        }

        private void close() {
            ((HttpServletResponse) context.getResponse()).setHeader("Connection", "close");
        }

        /** True for the one who ends it. */
        private boolean claim() {
            underWay.remove(this);
            return over.compareAndSet(false, true);
        }

        private void end(Runnable answer) {
            if (!claim()) {
                return;
            }
            relay.get().writers().execute(() -> {
                try {
                    answer.run();
                } catch (Throwable failure) {
                    relay.get().counters().internalErrors().count("request");
                    LOG.log(System.Logger.Level.ERROR, "a request failed", failure);
                    answer(FAULT, context);
                } finally {
                    giveBack();
                }
            });
        }
    }
}
