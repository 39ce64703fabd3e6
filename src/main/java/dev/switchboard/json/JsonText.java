package dev.switchboard.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Checks JSON text, finds members in it, and quotes text as a JSON string. */
public final class JsonText {

    private static final HexFormat HEX = HexFormat.of();

    private JsonText() {}

    /**
     * Returns the value of a member exactly as it stands in the text of an object, without
     * whitespace around it. {@code name} is the name without escapes.
     *
     * <p>Returns null if the object does not have the member. Returns null also if the text is not
     * a JSON object, nests a value too deeply, or has two members of one name.
     */
    public static @Nullable String member(String json, String name) {
        JsonScanner scanner = new JsonScanner(json);
        StringBuilder found = new StringBuilder();
        try {
            scanner.members(each -> {
                String value = scanner.value();
                if (each.equals(name)) {
                    found.append(value);
                }
            });
            scanner.end();
        } catch (JsonException malformed) {
            return null;
        }
        return found.isEmpty() ? null : found.toString();
    }

    /**
     * Returns whether the text is one JSON value of at most 64 levels; whitespace may surround it.
     */
    public static boolean isValue(String text) {
        return isComplete(new JsonScanner(text), JsonScanner::value);
    }

    /** Throws a {@link JsonException} if the text is one JSON value of more than 64 levels. */
    public static void requireNotTooDeep(String text) {
        if (hasManyBrackets(text) && !isValue(text) && isComplete(new JsonScanner(text), JsonScanner::skipAny)) {
            throw JsonScanner.TOO_DEEP;
        }
    }

    /** Returns whether the text of an array or of an object can begin with this character. */
    public static boolean mayNest(char first) {
        return " \t\r\n[{".indexOf(first) >= 0;
    }

    /** Returns false, in little time, for most texts that do not have too many levels. */
    private static boolean hasManyBrackets(String text) {
        if (text.isEmpty() || !mayNest(text.charAt(0))) {
            return false;
        }
        int open = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            open += c == '[' || c == '{' ? 1 : 0;
        }
        return open > JsonScanner.DATA_LEVELS;
    }

    /** Returns whether {@code reader} reads the whole text without a fault. */
    private static boolean isComplete(JsonScanner scanner, Consumer<JsonScanner> reader) {
        try {
            reader.accept(scanner);
            scanner.end();
            return true;
        } catch (JsonException malformed) {
            return false;
        }
    }

    /** Appends the text as a JSON string. */
    public static void quote(String text, StringBuilder into) {
        into.append('"');
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                into.append(text, from, i).append('\\');
                switch (c) {
                    case '\n' -> into.append('n');
                    case '\r' -> into.append('r');
                    case '\t' -> into.append('t');
                    case '"', '\\' -> into.append(c);
                    default -> into.append('u').append(HEX.toHexDigits(c));
                }
                from = i + 1;
            }
        }
        into.append(text, from, text.length()).append('"');
    }

    /** Returns the text as a JSON string. */
    public static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 16);
        quote(text, quoted);
        return quoted.toString();
    }

    /**
     * Returns the text of bytes in UTF-8; null if they are not UTF-8. Does not change the buffer.
     */
    public static @Nullable String utf8(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
        } catch (CharacterCodingException malformed) {
            return null;
        }
    }

    /**
     * Returns what the characters of a JSON string from {@code from} to before {@code to} stand for. The
     * caller has checked the escapes.
     */
    static String unescape(String text, int from, int to) {
        StringBuilder plain = new StringBuilder(to - from);
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            c = text.charAt(++i);
            switch (c) {
                case 'b' -> plain.append('\b');
                case 'f' -> plain.append('\f');
                case 'n' -> plain.append('\n');
                case 'r' -> plain.append('\r');
                case 't' -> plain.append('\t');
                case 'u' -> {
                    plain.append((char) HexFormat.fromHexDigits(text, i + 1, i + 5));
                    i += 4;
                }
                default -> plain.append(c);
            }
        }
        return plain.toString();
    }
}
