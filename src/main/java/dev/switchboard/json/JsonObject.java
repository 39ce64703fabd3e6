package dev.switchboard.json;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Holds the members of a JSON object, each exactly as it stands in the text. An instance never
 * changes.
 *
 * <p>A member that is null counts as absent, except for {@link #source}. Base64 of nothing counts
 * as absent, too.
 *
 * <p>If a member has another type than the method asks for, the method throws an
 * {@link IllegalArgumentException}. The message names the member and quotes nothing of its value.
 */
public final class JsonObject {

    private static final String NULL = "null";
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    /**
     * What libraries write for a member that their caller has not set. They also write an empty
     * list or an empty object.
     */
    private static final Set<String> DEFAULTS = Set.of(NULL, "false", "\"\"", "0");

    /** An object without members. */
    public static final JsonObject EMPTY = new JsonObject(Map.of());

    private final Map<String, String> sources;

    private JsonObject(Map<String, String> sources) {
        this.sources = sources;
    }

    /**
     * Reads a JSON object from the text, which can begin with a byte order mark.
     *
     * @throws IllegalArgumentException if the text is not a JSON object
     */
    public static JsonObject of(String json) {
        JsonScanner scanner = new JsonScanner(json.startsWith(BYTE_ORDER_MARK) ? json.substring(1) : json);
        try {
            JsonObject object = next(scanner);
            scanner.end();
            return object;
        } catch (JsonException malformed) {
            throw new IllegalArgumentException(malformed.reason());
        }
    }

    /**
     * Reads the object that is next in the scanner.
     *
     * @throws JsonException if the next value is malformed or not an object
     */
    public static JsonObject next(JsonScanner scanner) {
        Map<String, String> sources = new LinkedHashMap<>();
        scanner.members(name -> sources.put(name, scanner.value()));
        return new JsonObject(sources);
    }

    /**
     * Returns the object with new names for some members. {@code names} holds the new name for each
     * old name. A member keeps its name if another member has the new one.
     */
    public JsonObject renamed(Map<String, String> names) {
        if (names.keySet().stream().noneMatch(sources::containsKey)) {
            return this;
        }
        Map<String, String> renamed = new LinkedHashMap<>(sources);
        names.forEach((before, now) -> {
            if (renamed.containsKey(before) && !renamed.containsKey(now)) {
                renamed.put(now, renamed.remove(before));
            }
        });
        return new JsonObject(renamed);
    }

    /** Returns the names of all members, also of those that are null, in the order of the text. */
    public Set<String> names() {
        return sources.keySet();
    }

    /**
     * Returns the JSON of the member as it stands in the text, which can be the text {@code null}.
     * Returns null if the object does not have the member.
     */
    public @Nullable String source(String name) {
        return sources.get(name);
    }

    /** Returns whether the object has the member, and it is not null. */
    public boolean has(String name) {
        return !sources.getOrDefault(name, NULL).equals(NULL);
    }

    /** Returns whether the object has the member, and it is neither null, false, 0 nor empty. */
    public boolean isSet(String name) {
        String source = sources.getOrDefault(name, NULL);
        boolean nested = source.startsWith("[") || source.startsWith("{");
        return nested ? !source.substring(1, source.length() - 1).isBlank() : !DEFAULTS.contains(source);
    }

    /** Returns whether the member is a string. */
    public boolean isText(String name) {
        return sources.getOrDefault(name, "").startsWith("\"");
    }

    /**
     * Returns the member, which is an object. Returns null if the member is absent, or is an empty
     * list: PHP writes an empty object as an empty list.
     */
    public @Nullable JsonObject object(String name) {
        return has(name) && !isEmptyList(name) ? read(name, "an object", JsonObject::next) : null;
    }

    private boolean isEmptyList(String name) {
        return sources.getOrDefault(name, NULL).startsWith("[") && !isSet(name);
    }

    /** Returns the member, which is a list of objects; an empty list if the member is absent. */
    public List<JsonObject> objects(String name) {
        return !has(name)
                ? List.of()
                : read(name, "a list of objects", scanner -> {
                    List<JsonObject> objects = new ArrayList<>();
                    scanner.elements(() -> objects.add(next(scanner)));
                    return objects;
                });
    }

    /** Returns the member, which is a string; the empty text if the member is absent. */
    public String text(String name) {
        return has(name) ? read(name, "a string", JsonScanner::string) : "";
    }

    /** Returns the member, which is true or false; false if the member is absent. */
    public boolean flag(String name) {
        return has(name) && read(name, "true or false", JsonScanner::bool);
    }

    /** Returns the member, which is a whole number of 64 bits; 0 if the member is absent. */
    public long number(String name) {
        return has(name) ? read(name, "a whole number", scanner -> Long.parseLong(scanner.number())) : 0;
    }

    /** Returns the member, which is an unsigned number of 64 bits; 0 if the member is absent. */
    public long unsigned(String name) {
        return has(name) ? read(name, "a whole number", scanner -> Long.parseUnsignedLong(scanner.number())) : 0;
    }

    /** Returns the member, which is a list of strings; an empty list if the member is absent. */
    public List<String> texts(String name) {
        return !has(name)
                ? List.of()
                : read(name, "a list of strings", scanner -> {
                    List<String> texts = new ArrayList<>();
                    scanner.elements(() -> texts.add(scanner.string()));
                    return texts;
                });
    }

    /**
     * Returns the member, which is an object whose members are strings. Returns an empty map if the
     * member is absent or an empty list.
     */
    public Map<String, String> textsByName(String name) {
        return !has(name) || isEmptyList(name)
                ? Map.of()
                : read(name, "an object of strings", scanner -> {
                    Map<String, String> texts = new LinkedHashMap<>();
                    scanner.members(each -> texts.put(each, scanner.string()));
                    return texts;
                });
    }

    /**
     * Returns the JSON of the member as it stands in the text, or the JSON that the member
     * {@code "b64" + name} holds in base64. Returns null if both members are absent.
     */
    public @Nullable String json(String name) {
        byte[] bytes = bytes(name);
        if (bytes == null) {
            return has(name) ? sources.get(name) : null;
        }
        String value = JsonText.utf8(ByteBuffer.wrap(bytes));
        if (value == null || !JsonText.isValue(value)) {
            throw new IllegalArgumentException("b64" + name + " is not JSON");
        }
        return value;
    }

    /**
     * Returns the bytes that the member {@code "b64" + name} holds in base64. Returns null if the
     * member is absent or empty.
     */
    public byte @Nullable [] bytes(String name) {
        String encoded = "b64" + name;
        if (text(encoded).isEmpty()) {
            return null;
        }
        try {
            return Base64.getDecoder().decode(text(encoded));
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException(encoded + " is not base64");
        }
    }

    /** Reads a member that the object has; {@code type} is the type for the message. */
    private <T> T read(String name, String type, Function<JsonScanner, T> reader) {
        JsonScanner scanner = new JsonScanner(sources.getOrDefault(name, NULL));
        try {
            T value = reader.apply(scanner);
            scanner.end();
            return value;
        } catch (JsonException | NumberFormatException other) {
            throw new IllegalArgumentException(name + " is not " + type);
        }
    }
}
