package dev.switchboard.json;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes one JSON object. The writer sets the commas, and closes at the end what is open.
 *
 * <p>It escapes keys and strings, but not names, which are constants of the caller. For one thread;
 * {@link #finish} is called last and once.
 */
public final class JsonWriter {

    /** Ends of as many objects as a caller has within one another, and more. */
    private static final String ENDS = "}}}}}}}}";

    private final StringBuilder json;
    private int levels; // of objects that are open

    /** Begins an object of common size. */
    public JsonWriter() {
        this(256);
    }

    /** Begins an object. The writer makes room for {@code size} characters. */
    public JsonWriter(int size) {
        this(size, "{", 1);
    }

    /** Begins with a text that opens so many objects. */
    public JsonWriter(int size, String opening, int levels) {
        this.json = new StringBuilder(size).append(opening);
        this.levels = levels;
    }

    /** Closes all objects that are open, and returns the text. */
    public String finish() {
        return json.append(ENDS, 0, levels).toString();
    }

    /** Begins an object that is a member. */
    public JsonWriter object(String name) {
        name(name);
        return open();
    }

    /** Begins an object under a key, which is escaped. */
    public JsonWriter entry(String key) {
        key(key);
        return open();
    }

    /** Begins an object that is an element of an array. */
    public JsonWriter element() {
        comma();
        return open();
    }

    private JsonWriter open() {
        json.append('{');
        levels++;
        return this;
    }

    /** Ends the innermost object. */
    public JsonWriter end() {
        json.append('}');
        levels--;
        return this;
    }

    /** Begins an array that is a member. */
    public JsonWriter array(String name) {
        name(name).append('[');
        return this;
    }

    /** Ends the innermost array. */
    public JsonWriter endArray() {
        json.append(']');
        return this;
    }

    public JsonWriter number(String name, long value) {
        name(name).append(value);
        return this;
    }

    public JsonWriter unsigned(String name, long value) {
        name(name);
        if (value >= 0) {
            json.append(value);
        } else {
            json.append(Long.toUnsignedString(value));
        }
        return this;
    }

    public JsonWriter string(String name, String value) {
        JsonText.quote(value, name(name));
        return this;
    }

    /** Writes a string that is an element of an array. */
    public JsonWriter string(String value) {
        comma();
        JsonText.quote(value, json);
        return this;
    }

    /** Writes a string under a key, which is escaped too. */
    public JsonWriter entry(String key, String value) {
        JsonText.quote(value, key(key));
        return this;
    }

    /** Writes a JSON value as it stands under a key, which is escaped. The caller has checked it. */
    public JsonWriter entryJson(String key, String value) {
        key(key).append(value);
        return this;
    }

    /** Writes the member if the value is true. */
    public JsonWriter flag(String name, boolean value) {
        if (value) {
            name(name).append(true);
        }
        return this;
    }

    /** Writes a member that is a string, unless the string is empty. */
    public JsonWriter stringIfAny(String name, String value) {
        return value.isEmpty() ? this : string(name, value);
    }

    /** Writes a member that is a list of strings, unless the list is empty. */
    public JsonWriter stringsIfAny(String name, List<String> values) {
        if (values.isEmpty()) {
            return this;
        }
        array(name);
        for (String value : values) {
            comma();
            JsonText.quote(value, json);
        }
        return endArray();
    }

    /** Writes a JSON value as it stands, unless it is null. The caller has checked it. */
    public JsonWriter json(String name, @Nullable String value) {
        if (value != null) {
            name(name).append(value);
        }
        return this;
    }

    /**
     * Writes a JSON value on one line, unless it is null. Line ends outside of strings are
     * whitespace, and become spaces.
     */
    public JsonWriter jsonOnOneLine(String name, @Nullable String value) {
        if (value != null) {
            boolean lines = value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0;
            name(name).append(lines ? value.replace('\n', ' ').replace('\r', ' ') : value);
        }
        return this;
    }

    private StringBuilder name(String name) {
        char last = json.charAt(json.length() - 1);
        return json.append(last == '{' || last == '[' ? "\"" : ",\"")
                .append(name)
                .append("\":");
    }

    private StringBuilder key(String key) {
        comma();
        JsonText.quote(key, json);
        return json.append(':');
    }

    private void comma() {
        char last = json.charAt(json.length() - 1);
        if (last != '{' && last != '[') {
            json.append(',');
        }
    }
}
