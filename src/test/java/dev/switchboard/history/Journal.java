package dev.switchboard.history;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** The log of a run, in which all clients record events. Any thread. */
public final class Journal {

    private final LongSupplier nanoTime;
    private final List<Entry> entries = new ArrayList<>(); // guarded by this

    public Journal() {
        this(System::nanoTime);
    }

    public Journal(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Records an event. Call it before the event can have an effect, or after the effect, never
     * between.
     */
    public synchronized void record(Event event) {
        entries.add(new Entry(entries.size(), nanoTime.getAsLong(), event));
    }

    public synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** Writes the log to a file, with one JSON line for each event; makes missing folders. */
    public void save(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        try (Writer out = Files.newBufferedWriter(file)) {
            for (Entry entry : entries()) {
                out.write(JsonLine.of(entry) + "\n");
            }
        }
    }

    public static List<Entry> load(Path file) throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(JsonLine::parse).toList();
        }
    }
}
