package dev.switchboard.json;

import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one JSON object, member by member. The last call is {@link #end}. One thread. */
public final class JsonWriter {

    private final StringBuilder json = new StringBuilder(256);

    private StringBuilder name(String name) {
        json.append(json.isEmpty() ? '{' : ',');
        JsonText.quote(name, json);
        return json.append(':');
    }

    /** Adds a member that is a string. */
    public JsonWriter text(String name, String value) {
        JsonText.quote(value, name(name));
        return this;
    }

    /** Adds a member that is a string, unless the string is empty. */
    public JsonWriter textIfAny(String name, String value) {
        return value.isEmpty() ? this : text(name, value);
    }

    /** Adds a member that is a list of strings, unless the list is empty. */
    public JsonWriter textsIfAny(String name, List<String> values) {
        if (values.isEmpty()) {
            return this;
        }
        StringBuilder list = name(name).append('[');
        for (Iterator<String> each = values.iterator(); each.hasNext(); ) {
            JsonText.quote(each.next(), list);
            list.append(each.hasNext() ? "," : "");
        }
        list.append(']');
        return this;
    }

    /** Adds a member that is a number. */
    public JsonWriter number(String name, long value) {
        name(name).append(value);
        return this;
    }

    /** Adds a member; {@code value} is JSON, which the caller has checked. */
    public JsonWriter json(String name, String value) {
        name(name).append(value);
        return this;
    }

    /** Adds a member, unless {@code value} is null; otherwise it is JSON. */
    public JsonWriter jsonIfAny(String name, @Nullable String value) {
        return value == null ? this : json(name, value);
    }

    /** Returns the text of the object. */
    public String end() {
        return (json.isEmpty() ? json.append('{') : json).append('}').toString();
    }
}
