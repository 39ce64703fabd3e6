package dev.switchboard.protocol;

import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Payload;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON object, each of them as it stands in the text; one that is null counts as absent.
 *
 * <p>Whatever is not as it should be is an {@link IllegalArgumentException}, which quotes nothing of the text.
 */
public final class JsonObject {

    private static final String NULL = "null";

    private final Map<String, String> values = new LinkedHashMap<>();

    public JsonObject(String json) {
        JsonScanner scanner = new JsonScanner(json);
        try {
            scanner.members(name -> values.put(name, scanner.value()));
            scanner.end();
        } catch (Disconnect malformed) {
            throw new IllegalArgumentException(malformed.reason());
        }
        values.values().removeIf(NULL::equals);
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** Whether it is a string. */
    public boolean isText(String name) {
        return values.getOrDefault(name, "").startsWith("\"");
    }

    public Set<String> names() {
        return values.keySet();
    }

    /** Null if it is absent. */
    public @Nullable JsonObject object(String name) {
        String value = values.get(name);
        return value == null ? null : new JsonObject(value);
    }

    /** Empty if it is absent. */
    public String text(String name) {
        return scalar(name, "", JsonScanner::string);
    }

    /** False if it is absent. */
    public boolean flag(String name) {
        return scalar(name, false, JsonScanner::bool);
    }

    /** A whole number; 0 if it is absent. */
    public long number(String name) {
        return scalar(name, 0L, scanner -> Long.parseLong(scanner.number()));
    }

    /** None if it is absent. */
    public List<String> texts(String name) {
        return scalar(name, List.of(), scanner -> {
            List<String> texts = new ArrayList<>();
            scanner.elements(() -> texts.add(scanner.string()));
            return texts;
        });
    }

    /** JSON as it stands there, or in base64 in the member whose name has {@code b64} before it; null if both are absent. */
    public @Nullable String json(String name) {
        byte[] bytes = bytes(name);
        String value = bytes == null ? values.get(name) : decoded(bytes);
        if (value != null && !JsonText.isValue(value)) {
            throw new IllegalArgumentException("bytes that are no JSON");
        }
        return value;
    }

    /** As {@link #json}, of bytes that need not be JSON. */
    public @Nullable Payload payload(String name) {
        byte[] bytes = bytes(name);
        if (bytes != null) {
            return JsonText.payload(bytes);
        }
        String value = values.get(name);
        return value == null ? null : Payload.json(value);
    }

    private byte @Nullable [] bytes(String name) {
        String encoded = text("b64" + name);
        return encoded.isEmpty() ? null : Base64.getDecoder().decode(encoded);
    }

    private static String decoded(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException noText) {
            throw new IllegalArgumentException("bytes that are no text");
        }
    }

    private <T> T scalar(String name, T absent, Function<JsonScanner, T> reader) {
        String value = values.get(name);
        try {
            return value == null ? absent : reader.apply(new JsonScanner(value));
        } catch (NumberFormatException noInteger) {
            throw new IllegalArgumentException("a number is not whole");
        } catch (Disconnect wrongType) {
            throw new IllegalArgumentException(wrongType.reason());
        }
    }
}
