package dev.switchboard.launcher.doctor;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Keeps the lines of a connection until a check waits for them. Any thread adds, one waits. */
final class ArrivedLines {

    /** The lines; an empty one is the end of the connection. */
    private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();

    private volatile boolean complete;

    void add(String line) {
        lines.add(Optional.of(line));
    }

    /** Adds the end of the connection, after which no line comes. */
    void end() {
        complete = true;
        lines.add(Optional.empty());
    }

    boolean areComplete() {
        return complete;
    }

    /**
     * Waits for a line of this kind, and drops the lines before it. Returns null if the connection
     * ends or no such line comes in time.
     */
    @Nullable
    String await(Predicate<String> kind, Duration time) throws InterruptedException {
        long patience = TimeUnit.NANOSECONDS.convert(time); // the largest number for a time that is longer
        for (long begin = System.nanoTime(); ; ) {
            Optional<String> line = lines.poll(patience - (System.nanoTime() - begin), TimeUnit.NANOSECONDS);
            if (line == null) {
                return null;
            }
            if (line.isEmpty()) {
                lines.add(line); // for the next wait
                return null;
            }
            if (kind.test(line.get())) {
                return line.get();
            }
        }
    }
}
