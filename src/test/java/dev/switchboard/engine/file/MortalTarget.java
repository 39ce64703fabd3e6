package dev.switchboard.engine.file;

import dev.switchboard.engine.MemoryEngine;
import dev.switchboard.history.Line;
import dev.switchboard.history.MemoryTarget;
import dev.switchboard.history.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Runs the relay with a log. When a history shall be lost, the relay dies, and starts again with a copy of
 * the files of its log, of which a part may be gone.
 */
final class MortalTarget implements Target, AutoCloseable {

    /** The records at the end of the log that a torn file has lost. */
    private static final int TORN = 10;

    private final Path folder;
    private final Map<String, Integer> channels;
    private final boolean torn;
    private final LogBug bug;
    private int lives;
    private Life life;

    /** {@code torn} says whether each death takes the last records of the log. */
    MortalTarget(Path folder, Map<String, Integer> channels, boolean torn, LogBug bug) throws IOException {
        this.folder = folder;
        this.channels = channels;
        this.torn = torn;
        this.bug = bug;
        this.life = new Life(Files.createDirectory(folder.resolve("life" + ++lives)), new HashMap<>());
    }

    /** One process of the relay. */
    private final class Life implements AutoCloseable {

        private final Path files;
        private final MortalLog log;
        private final MemoryEngine engine;
        private final MemoryTarget relay;
        private final List<Connection> connections = new ArrayList<>();
        private final List<Line> lines = new ArrayList<>();

        Life(Path files, Map<String, String> epochs) {
            this.files = files;
            log = new MortalLog(
                    new FileLog(LogFolder.open(files), Sync.OS, 1 << 16, InstantSource.system(), FileEngine.MACHINE),
                    bug,
                    epochs);
            engine = new MemoryEngine(1 << 26, System::nanoTime, Runnable::run, log);
            relay = new MemoryTarget(channels, Set.of(), unused -> engine);
        }

        Line open(Line.Listener listener) {
            Connection connection = new Connection(listener);
            connections.add(connection);
            Line line = relay.open(connection);
            lines.add(line);
            return line;
        }

        @Override
        public void close() {
            lines.forEach(Line::cut);
            relay.waitUntil(() -> relay.counters().getOrDefault("clients", 0L) == 0);
            relay.close();
            engine.close();
        }
    }

    /** A connection that ends without a word when the process dies. */
    private static final class Connection implements Line.Listener {

        private final Line.Listener listener;
        private boolean over; // guarded by this

        Connection(Line.Listener listener) {
            this.listener = listener;
        }

        @Override
        public synchronized void text(String frame) {
            if (!over) {
                listener.text(frame);
            }
        }

        @Override
        public void closed(int code) {
            if (end()) {
                listener.closed(code);
            }
        }

        /** Returns false if it has ended before. */
        synchronized boolean end() {
            boolean first = !over;
            over = true;
            return first;
        }
    }

    @Override
    public Line open(Line.Listener listener) {
        return life.open(listener);
    }

    @Override
    public void loseHistory(String channel) {
        Life last = life;
        Map<String, String> epochs = last.log.die();
        List<Connection> broken =
                last.connections.stream().filter(Connection::end).toList();
        try {
            Path copy = Files.createDirectory(folder.resolve("life" + ++lives));
            copy(last.files, copy);
            last.close();
            if (torn) {
                tear(copy);
            }
            life = new Life(copy, epochs);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        broken.forEach(connection -> connection.listener.closed(1006));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.sorted().toList()) {
                try {
                    Files.copy(file, to.resolve(file.getFileName()));
                } catch (NoSuchFileException notNeededAnyMore) { // the log has deleted it
                }
            }
        }
    }

    /** Takes the last records out of the last segment. */
    private void tear(Path in) throws IOException {
        List<Integer> ends = new ArrayList<>();
        Path last = in;
        ByteBuffer bytes = ByteBuffer.allocate(0);
        try (Stream<Path> files = Files.list(in)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".log"))
                    .sorted()
                    .toList()) {
                ByteBuffer next = ByteBuffer.wrap(Files.readAllBytes(file));
                if (SegmentHead.read(next) != null) {
                    last = file;
                    bytes = next;
                }
            }
        }
        int end = SegmentHead.BYTES;
        while (end < bytes.limit() && bytes.get(end) == Segment.WHOLE) {
            ends.add(end);
            end += Segment.RECORD_HEAD + bytes.getInt(end + 1);
        }
        int cut = ends.get(Math.max(0, ends.size() - TORN));
        bytes.put(cut, new byte[end - cut]);
        if (bug == LogBug.OFFSET_REUSED_AFTER_A_TORN_TAIL) {
            bytes.putLong(SegmentHead.NOTED_END, cut);
        }
        Files.write(last, bytes.array());
    }

    @Override
    public Map<String, Long> counters() {
        return life.relay.counters();
    }

    @Override
    public boolean waitUntil(BooleanSupplier met) {
        return life.relay.waitUntil(met);
    }

    @Override
    public void close() {
        life.close();
    }
}
