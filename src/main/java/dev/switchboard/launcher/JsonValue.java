package dev.switchboard.launcher;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Walks over a text that is one JSON value (RFC 8259), or finds that it is none. */
final class JsonValue {

    private static final int MAX_LEVELS = 64;

    private static final Pattern SCALAR =
            Pattern.compile("true|false|null|-?(?:0|[1-9]\\d*+)(?:\\.\\d++)?(?:[eE][+-]?\\d++)?");
    private static final Pattern CHARACTERS =
            Pattern.compile("[^\"\\\\\\x00-\\x1f]++|\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4})");

    private final String text;
    private int at;

    private JsonValue(String text) {
        this.text = text;
    }

    static boolean is(String text) {
        JsonValue json = new JsonValue(text);
        return json.value(0) && json.isAtEnd();
    }

    /** The text as a JSON string. */
    static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c < ' ' || c == '"' || c == '\\') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    private boolean value(int level) {
        return switch (next()) {
            case '{' -> level < MAX_LEVELS && all('}', () -> string() && take(':') && value(level + 1));
            case '[' -> level < MAX_LEVELS && all(']', () -> value(level + 1));
            case '"' -> string();
            default -> matches(SCALAR);
        };
    }

    private interface Part {
        boolean walk();
    }

    /** From the opening bracket to after the closing one. */
    private boolean all(char end, Part part) {
        at++;
        if (take(end)) {
            return true;
        }
        do {
            if (!part.walk()) {
                return false;
            }
        } while (take(','));
        return take(end);
    }

    private boolean string() {
        if (!take('"')) {
            return false;
        }
        while (matches(CHARACTERS)) {}
        return at < text.length() && text.charAt(at++) == '"';
    }

    private boolean matches(Pattern pattern) {
        Matcher matcher = pattern.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) {
            return false;
        }
        at = matcher.end();
        return true;
    }

    private boolean take(char c) {
        if (next() != c) {
            return false;
        }
        at++;
        return true;
    }

    private boolean isAtEnd() {
        skipWhitespace();
        return at == text.length();
    }

    /** The character after whitespace, 0 at the end. */
    private char next() {
        skipWhitespace();
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void skipWhitespace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }
}
