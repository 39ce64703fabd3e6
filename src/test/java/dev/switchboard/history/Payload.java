package dev.switchboard.history;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;

/** Writes and reads the data of a publication: a value, and a filling that shows any damage. */
final class Payload {

    private static final String PATTERN =
            "0123456789abcdefghijklmnopqrstuvwxyz \\\" \u00e4\u20ac\ud83d\ude80 ".repeat(512);

    private Payload() {}

    /** {@code chars} is the length of the filling. */
    static JsonObjectBuilder of(String value, int chars) {
        return JsonText.object().add("value", value).add("size", chars).add("fill", fill(chars));
    }

    private static String fill(int chars) {
        return Character.isHighSurrogate(PATTERN.charAt(Math.max(0, chars - 1)))
                ? PATTERN.substring(0, chars - 1) + "."
                : PATTERN.substring(0, chars);
    }

    /** Returns the value, or a text that is no value if the data is damaged. */
    static String value(JsonValue data) {
        if (data instanceof JsonObject object
                && object.size() == 3
                && object.get("value") instanceof JsonString value
                && object.get("fill") instanceof JsonString fill
                && fill.getString().equals(fill(object.getInt("size", 0)))) {
            return value.getString();
        }
        return "damaged " + data;
    }
}
