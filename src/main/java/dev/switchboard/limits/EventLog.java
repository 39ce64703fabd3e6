package dev.switchboard.limits;

import dev.switchboard.model.LogLine;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Writes the events of clients to the log, on another thread, because a log may block.
 *
 * <p>A client can cause any number of refusals. So of each kind of refusal the log gets ten lines in
 * a minute, and then the number of those that were left out. Any thread; memory only.
 */
public final class EventLog {

    /** The form of the lines. */
    public enum Format {
        /** Words and fields. */
        TEXT,
        /** One JSON object. */
        JSON
    }

    private static final System.Logger LOG = System.getLogger(EventLog.class.getName());

    /** Maximum number of lines of one kind in a {@link #WINDOW}. */
    private static final int LINES = 10;

    private static final long WINDOW = Duration.ofMinutes(1).toNanos();

    /** Maximum number of kinds; beyond it all others share one. */
    private static final int MAX_KINDS = 1_000;

    private static final String OTHER = "other";

    /** Counts the lines of one kind from its first line on. */
    private static final class Window {
        final long since;
        int written;
        long leftOut;

        Window(long since) {
            this.since = since;
        }
    }

    private final Executor journal;
    private final LongSupplier nanoTime;
    private final Format format;
    private final Map<String, Window> windows = new LinkedHashMap<>(); // guarded by this

    /**
     * {@code journal} writes the lines in their order, and {@code nanoTime} is monotonic, as
     * {@link System#nanoTime}.
     */
    public EventLog(Executor journal, LongSupplier nanoTime, Format format) {
        this.journal = journal;
        this.nanoTime = nanoTime;
        this.format = format;
    }

    /** Writes an event that is no fault. The line is made on the thread of the journal. */
    public void info(System.Logger log, Supplier<LogLine> line) {
        write(log, System.Logger.Level.INFO, line);
    }

    /**
     * Writes a refusal, if its kind has lines left. The kind comes from the relay, never from a
     * client. The line is made on the thread of the journal.
     */
    public void refused(System.Logger log, String kind, Supplier<LogLine> line) {
        if (isDue(kind)) {
            write(log, System.Logger.Level.WARNING, line);
        }
    }

    private synchronized boolean isDue(String kind) {
        String counted = windows.containsKey(kind) || windows.size() < MAX_KINDS ? kind : OTHER;
        long now = nanoTime.getAsLong();
        Window window = windows.get(counted);
        if (window != null && now - window.since >= WINDOW) {
            close(counted, window);
            window = null;
        }
        if (window == null) {
            window = new Window(now);
            windows.put(counted, window);
        }
        if (window.written < LINES) {
            window.written++;
            return true;
        }
        window.leftOut++;
        return false;
    }

    /** Says how many lines were left out in windows that are over. The owner calls this often. */
    public synchronized void sweep() {
        long now = nanoTime.getAsLong();
        windows.entrySet().removeIf(kind -> {
            boolean over = now - kind.getValue().since >= WINDOW;
            if (over) {
                close(kind.getKey(), kind.getValue());
            }
            return over;
        });
    }

    private void close(String kind, Window window) {
        long leftOut = window.leftOut;
        if (leftOut > 0) {
            write(
                    LOG,
                    System.Logger.Level.WARNING,
                    () -> new LogLine("left out").number("lines", leftOut).text("like", kind));
        }
    }

    private void write(System.Logger log, System.Logger.Level level, Supplier<LogLine> line) {
        Instant now = Instant.now();
        journal.execute(() -> log.log(level, () -> {
            LogLine made = line.get();
            return format == Format.TEXT ? made.text() : made.json(now, level.getName());
        }));
    }
}
