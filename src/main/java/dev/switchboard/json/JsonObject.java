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
 * The members of a JSON object, each of them as it stands in the text. One that is null counts as
 * absent, but for {@link #source}, and so does base64 of nothing.
 *
 * <p>A member that is not what is asked for is an {@link IllegalArgumentException}, which names it and quotes nothing of its value.
 */
public final class JsonObject {

    private static final String NULL = "null";
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    /**
     * What libraries write for a member that their caller has not set, besides an empty list or
     * object.
     */
    private static final Set<String> DEFAULTS = Set.of(NULL, "false", "\"\"", "0");

    /** An object without members. */
    public static final JsonObject EMPTY = new JsonObject(Map.of());

    private final Map<String, String> sources;

    private JsonObject(Map<String, String> sources) {
        this.sources = sources;
    }

    /**
     * Reads the text, which may begin with a byte order mark; throws an {@link
     * IllegalArgumentException} if it is no object.
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

    /** Takes the object that is next; a {@link JsonException} if none is, or a malformed one. */
    public static JsonObject next(JsonScanner scanner) {
        Map<String, String> sources = new LinkedHashMap<>();
        scanner.members(name -> sources.put(name, scanner.value()));
        return new JsonObject(sources);
    }

    /** Returns the same members, some under other names; a member whose new name is taken keeps its own. */
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

    public Set<String> names() {
        return sources.keySet();
    }

    /** Any value as it stands there, also null; null if there is none. */
    public @Nullable String source(String name) {
        return sources.get(name);
    }

    public boolean has(String name) {
        return !sources.getOrDefault(name, NULL).equals(NULL);
    }

    /** Returns whether the member is there and neither null, false, 0 nor empty. */
    public boolean isSet(String name) {
        String source = sources.getOrDefault(name, NULL);
        boolean nested = source.startsWith("[") || source.startsWith("{");
        return nested ? !source.substring(1, source.length() - 1).isBlank() : !DEFAULTS.contains(source);
    }

    /** Whether it is a string. */
    public boolean isText(String name) {
        return sources.getOrDefault(name, "").startsWith("\"");
    }

    /**
     * Returns null if the member is absent or an empty list, since PHP writes an empty object so.
     */
    public @Nullable JsonObject object(String name) {
        return has(name) && !isEmptyList(name) ? read(name, "an object", JsonObject::next) : null;
    }

    private boolean isEmptyList(String name) {
        return sources.getOrDefault(name, NULL).startsWith("[") && !isSet(name);
    }

    /** Empty if it is absent. */
    public String text(String name) {
        return has(name) ? read(name, "a string", JsonScanner::string) : "";
    }

    /** False if it is absent. */
    public boolean flag(String name) {
        return has(name) && read(name, "true or false", JsonScanner::bool);
    }

    /** A whole number; 0 if it is absent. */
    public long number(String name) {
        return has(name) ? read(name, "a whole number", scanner -> Long.parseLong(scanner.number())) : 0;
    }

    /** As {@link #number}, without a sign and of 64 bits. */
    public long unsigned(String name) {
        return has(name) ? read(name, "a whole number", scanner -> Long.parseUnsignedLong(scanner.number())) : 0;
    }

    /** None if it is absent. */
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
     * Returns the members of an object, all of which are strings; none if it is absent or an empty
     * list.
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

    /** JSON as it stands there, or in base64 in the member whose name has {@code b64} before it; null if both are absent. */
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

    /** Returns the bytes of the member whose name has {@code b64} before it; null if it is absent or empty. */
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

    /** Of a member that is there. */
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
