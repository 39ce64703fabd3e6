package dev.switchboard.access;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Records what Switchboard logs on every level, until it is closed. */
public final class Log extends Handler implements AutoCloseable {

    private final Logger logger = Logger.getLogger("dev.switchboard");
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    public Log() {
        logger.setLevel(Level.ALL);
        logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord record) {
        records.add(record);
    }

    /** Returns the messages of one level. */
    public List<String> texts(String level) {
        return records.stream()
                .filter(record -> record.getLevel().getName().equals(level))
                .map(LogRecord::getMessage)
                .toList();
    }

    public List<String> texts() {
        return records.stream().map(LogRecord::getMessage).toList();
    }

    List<String> levels() {
        return records.stream().map(record -> record.getLevel().getName()).toList();
    }

    /** Returns all messages and stack traces. */
    String everything() {
        StringWriter all = new StringWriter();
        PrintWriter printer = new PrintWriter(all);
        for (LogRecord record : records) {
            printer.println(record.getMessage());
            if (record.getThrown() != null) {
                record.getThrown().printStackTrace(printer);
            }
        }
        return all.toString();
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setLevel(null);
    }
}
