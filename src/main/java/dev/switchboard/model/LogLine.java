package dev.switchboard.model;

import dev.switchboard.json.JsonWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * One line of the log: an event and its fields. Fields that are empty are left out. For one thread.
 *
 * <p>The names of fields are constants of the relay. The values may come from anywhere, and are
 * escaped and cut as {@link LogText} does it.
 */
public final class LogLine {

    private enum Kind {
        /** An id, an address or a word of the relay, which needs no quotes. */
        WORD,
        /** Any text. */
        TEXT,
        NUMBER
    }

    private record Field(String name, String value, Kind kind) {

        String text() {
            return name + "=" + (kind == Kind.TEXT ? LogText.quote(value) : value);
        }

        void write(JsonWriter json) {
            if (kind == Kind.NUMBER) {
                json.json(name, value);
            } else {
                json.string(name, LogText.cut(value));
            }
        }
    }

    private final String event;
    private final List<Field> fields = new ArrayList<>();
    private String sentence = "";

    /** {@code event} is a constant of the relay. It may end with a colon, which JSON leaves out. */
    public LogLine(String event) {
        this.event = event;
    }

    /** Sets a sentence that stands for the event and its fields, except in JSON. */
    public LogLine saying(String text) {
        sentence = text;
        return this;
    }

    public LogLine word(String name, String value) {
        return value.isEmpty() ? this : with(name, value, Kind.WORD);
    }

    public LogLine text(String name, String value) {
        return value.isEmpty() ? this : with(name, value, Kind.TEXT);
    }

    /** Adds a text that stays also if it is empty. */
    public LogLine always(String name, String value) {
        return with(name, value, Kind.TEXT);
    }

    public LogLine number(String name, long value) {
        return with(name, Long.toString(value), Kind.NUMBER);
    }

    /** Adds a time in seconds, to the millisecond. */
    public LogLine seconds(String name, long nanos) {
        long millis = nanos / 1_000_000;
        String fraction = Long.toString(1_000 + millis % 1_000).substring(1);
        return with(name, millis / 1_000 + "." + fraction, Kind.NUMBER);
    }

    /** Adds the code of a denial and its reason, or what the client gets if there is no reason. */
    public LogLine denial(Denial denial) {
        String reason = denial.why().text();
        return number("code", denial.code()).text("why", reason.isEmpty() ? denial.text() : reason);
    }

    private LogLine with(String name, String value, Kind kind) {
        fields.add(new Field(name, value, kind));
        return this;
    }

    public String text() {
        if (!sentence.isEmpty()) {
            return sentence;
        }
        StringBuilder line = new StringBuilder(event);
        fields.forEach(field -> line.append(' ').append(field.text()));
        return line.toString();
    }

    /** Returns a JSON object without line ends, which begins with the time and the level. */
    public String json(Instant time, String level) {
        JsonWriter json = new JsonWriter()
                .string("time", time.toString())
                .string("level", level)
                .string("event", event.replace(":", ""));
        fields.forEach(field -> field.write(json));
        return json.finish();
    }
}
