package dev.switchboard.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.switchboard.console.Listener;
import jakarta.servlet.AsyncContext;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends events to one operator in a response that does not end (HTML Standard section 9.2).
 *
 * <p>If the operator does not read, the stream ends when a mebibyte waits. Any thread; nothing
 * blocks.
 */
final class EventStream implements Listener {

    private static final System.Logger LOG = System.getLogger(EventStream.class.getName());

    private static final int MAX_WAITING = 1 << 20;

    /** The number of pings after which a stream without an event sends one. */
    private static final int QUIET_PINGS = 15;

    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private static final byte[] PING = ":\n\n".getBytes(UTF_8);

    private final ResponseWriter writer;
    private final ResponseConnection connection;
    private final Executor writers;
    private final Executor background;
    private final BooleanSupplier valid;
    private final Consumer<EventStream> onEnd;

    // All fields below are guarded by this.
    private final Queue<byte[]> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean writing;
    private boolean ended;
    private int quiet;

    /**
     * The caller is the thread by which the container dispatches the request. {@code writers} runs
     * short tasks, {@code background} those that may block. {@code valid} returns false when the
     * operator may see nothing more; {@code onEnd} runs at the end, perhaps twice.
     */
    EventStream(
            AsyncContext context,
            Executor writers,
            Executor background,
            ResponseConnection connection,
            BooleanSupplier valid,
            Consumer<EventStream> onEnd)
            throws IOException {
        this.writers = writers;
        this.background = background;
        this.connection = connection;
        this.valid = valid;
        this.onEnd = onEnd;
        this.writer = new ResponseWriter(context, writers, this::lost);
    }

    /** Begins the response. Events wait until then. */
    void start() {
        writer.start(response -> {
            StreamFormat.RAW_EVENTS.head(response);
            connection.watch(() -> writer.fail(new IOException("the operator has closed the connection")));
        });
        send(PING); // the headers leave at once
    }

    /** Ends a stream that was not started, with that answer. */
    void refuse(HttpError error) {
        writer.end(null, error);
        writer.start(response -> {});
    }

    @Override
    public void event(String name, String id, String json) {
        StringBuilder text = new StringBuilder(json.length() + 64);
        if (!name.isEmpty()) {
            text.append("event: ").append(name).append('\n');
        }
        if (!id.isEmpty()) {
            text.append("id: ").append(id).append('\n');
        }
        send(text.append("data: ").append(json).append("\n\n").toString().getBytes(UTF_8));
    }

    @Override
    public void ping() {
        if (!valid.getAsBoolean()) {
            end();
            return;
        }
        boolean due;
        synchronized (this) {
            due = ++quiet >= QUIET_PINGS;
        }
        if (due) {
            send(PING);
        }
    }

    private void send(byte[] bytes) {
        synchronized (this) {
            if (ended) {
                return;
            }
            quiet = 0;
            waiting.add(bytes);
            waitingBytes += bytes.length;
            if (writing && (waitingBytes <= MAX_WAITING || waiting.size() == 1)) {
                return;
            }
            if (writing) {
                ended = true;
            }
            writing = true;
        }
        if (isEnded()) {
            LOG.log(System.Logger.Level.INFO, "an operator does not read the events of the console");
            writers.execute(writer::completeNow);
            onEnd.accept(this);
        } else {
            writers.execute(this::next); // the caller may hold a lock, and containers have locks of their own
        }
    }

    private synchronized boolean isEnded() {
        return ended;
    }

    /** Writes all that waits. One thread at a time, from {@code writing} on. */
    private void next() {
        byte[] joined = joined();
        if (joined != null) {
            writer.write(joined, this::written);
        }
    }

    private synchronized byte @Nullable [] joined() {
        if (waiting.isEmpty()) {
            writing = false;
            return null;
        }
        byte[] joined = new byte[(int) waitingBytes];
        int end = 0;
        for (byte[] bytes : waiting) {
            System.arraycopy(bytes, 0, joined, end, bytes.length);
            end += bytes.length;
        }
        waiting.clear();
        waitingBytes = 0;
        return joined;
    }

    private void written(@Nullable Throwable failure) {
        if (failure == null) {
            writers.execute(this::next); // not here: containers may complete a write within it
        }
    }

    private void lost(Throwable failure) {
        LOG.log(System.Logger.Level.DEBUG, "a stream of the console", failure);
        synchronized (this) {
            ended = true;
            waiting.clear();
        }
        onEnd.accept(this);
    }

    @Override
    public void end() {
        synchronized (this) {
            ended = true;
        }
        onEnd.accept(this);
        background.execute(() -> {
            writer.end(null, null);
            writer.awaitEnd(FAREWELL);
        });
    }
}
