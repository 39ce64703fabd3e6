package dev.switchboard.protocol;

import dev.switchboard.json.JsonText;
import org.jspecify.annotations.Nullable;

/**
 * JsonWriter writes one JSON object on one line. It sets the commas, and closes at the end what is
 * open.
 *
 * <p>The writer escapes keys and values, but not names, which are constants of the protocol.
 */
final class JsonWriter {

    /** Ends of as many objects as the protocol has within one another, and more. */
    private static final String ENDS = "}}}}}}}}";

    private final StringBuilder json;
    private int levels; // of objects that are open

    /** Begins an object. The writer makes room for {@code size} characters. */
    JsonWriter(int size) {
        this(size, "{", 1);
    }

    /** Begins with a text that opens so many objects. */
    JsonWriter(int size, String opening, int levels) {
        this.json = new StringBuilder(size).append(opening);
        this.levels = levels;
    }

    /** Closes all objects that are open, and returns the text. */
    String finish() {
        return json.append(ENDS, 0, levels).toString();
    }

    /** Begins an object that is a member. */
    JsonWriter object(String name) {
        name(name);
        return open();
    }

    /** Begins an object under a key, which is escaped. */
    JsonWriter entry(String key) {
        key(key);
        return open();
    }

    /** Begins an object that is an element of an array. */
    JsonWriter element() {
        comma();
        return open();
    }

    private JsonWriter open() {
        json.append('{');
        levels++;
        return this;
    }

    /** Ends the innermost object. */
    JsonWriter end() {
        json.append('}');
        levels--;
        return this;
    }

    /** Begins an array that is a member. */
    JsonWriter array(String name) {
        name(name).append('[');
        return this;
    }

    /** Ends the innermost array. */
    JsonWriter endArray() {
        json.append(']');
        return this;
    }

    JsonWriter number(String name, long value) {
        name(name).append(value);
        return this;
    }

    JsonWriter unsigned(String name, long value) {
        name(name);
        if (value >= 0) {
            json.append(value);
        } else {
            json.append(Long.toUnsignedString(value));
        }
        return this;
    }

    JsonWriter string(String name, String value) {
        JsonText.quote(value, name(name));
        return this;
    }

    /** Writes a string under a key, which is escaped too. */
    JsonWriter entry(String key, String value) {
        JsonText.quote(value, key(key));
        return this;
    }

    /** Writes the member if the value is true. */
    JsonWriter flag(String name, boolean value) {
        if (value) {
            name(name).append(true);
        }
        return this;
    }

    /**
     * Writes a JSON value as it stands, unless it is null. Line ends outside of strings are
     * whitespace, and become spaces.
     */
    JsonWriter raw(String name, @Nullable String value) {
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
