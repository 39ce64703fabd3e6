package dev.switchboard.protocol;

import dev.switchboard.hub.Disconnect;
import dev.switchboard.hub.Frame;
import dev.switchboard.hub.Payload;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** JSON as text, and payloads as JSON; values keep their source text to the last character. */
public final class JsonText {

    private static final HexFormat HEX = HexFormat.of();

    private JsonText() {}

    /**
     * The source text of a member of the object that {@code json} is.
     *
     * <p>Null if there is none, and also if the text is no JSON object, is nested more than 64 levels deep, or has two members of one name.
     */
    @Nullable
    public static String member(String json, String name) {
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
        } catch (Disconnect malformed) {
            return null;
        }
        return found.isEmpty() ? null : found.toString();
    }

    /** Whether the text is one JSON value of at most 64 levels, with or without whitespace around it. */
    public static boolean isValue(String text) {
        return isMet(new JsonScanner(text), JsonScanner::value);
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

    /** The payload as a JSON value, text that is none as a string; null for bytes that are none. */
    @Nullable
    public static String of(Payload payload) {
        boolean known = payload.form() == Payload.Form.JSON;
        if (payload.frame() instanceof Frame.Text whole) {
            String text = whole.text();
            if (known || isValue(text)) {
                return text;
            }
            StringBuilder quoted = new StringBuilder(text.length() + 16);
            quote(text, quoted);
            return quoted.toString();
        }
        if (payload.frame() instanceof Frame.Binary whole) {
            String text = decode(whole.bytes());
            return text != null && (known || isValue(text)) ? text : null;
        }
        return null;
    }

    /**
     * Returns what a client sent as bytes: JSON if it is one value in UTF-8, else opaque bytes. Takes
     * the array over. Refuses JSON of more than 64 levels by a {@link Disconnect}.
     */
    public static Payload payload(byte[] bytes) {
        String text = decode(ByteBuffer.wrap(bytes));
        if (text != null && isValue(text)) {
            return Payload.json(text);
        }
        requireNotTooDeep(text);
        return Payload.opaque(Frame.binary(bytes));
    }

    /**
     * Returns what a raw client sent, as opaque text or bytes. Refuses JSON of more than 64 levels by a
     * {@link Disconnect}, because parsers of other clients fail at it.
     */
    static Payload raw(Frame message) {
        if (message instanceof Frame.Text whole) {
            requireNotTooDeep(whole.text());
        } else if (message instanceof Frame.Binary whole
                && whole.size() > 0
                && mayNest((char) whole.bytes().get(0))) {
            requireNotTooDeep(decode(whole.bytes()));
        }
        return Payload.opaque(message);
    }

    private static void requireNotTooDeep(@Nullable String text) {
        if (text != null && hasManyBrackets(text) && !isValue(text) && isDeepValue(text)) {
            throw JsonScanner.TOO_DEEP;
        }
    }

    /** Returns true if an array or an object may begin with this character. */
    private static boolean mayNest(char first) {
        return " \t\r\n[{".indexOf(first) >= 0;
    }

    /** Returns false for a text that cannot have too many levels; that is quick. */
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

    private static boolean isDeepValue(String text) {
        return isMet(new JsonScanner(text), JsonScanner::skipAny);
    }

    private static boolean isMet(JsonScanner scanner, Consumer<JsonScanner> reader) {
        try {
            reader.accept(scanner);
            scanner.end();
            return true;
        } catch (Disconnect malformed) {
            return false;
        }
    }

    /** The text that the bytes are, null if they are not UTF-8. */
    static @Nullable String of(Frame message) {
        return message instanceof Frame.Binary whole ? decode(whole.bytes()) : null;
    }

    /** Null if it is not UTF-8. */
    @Nullable
    private static String decode(ByteBuffer bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.duplicate()).toString();
        } catch (CharacterCodingException malformed) {
            return null;
        }
    }
}
