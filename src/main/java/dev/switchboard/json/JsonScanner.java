package dev.switchboard.json;

import java.util.BitSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON text (RFC 8259) once, from the beginning to the end, and returns the values as text.
 * It neither binds, rounds nor rewrites them.
 *
 * <p>The scanner is strict: the relay copies values into frames for other clients, whose parsers
 * would throw. The scanner does not recurse into values, and its time is linear in the length of
 * the text.
 *
 * <p>Every method throws a {@link JsonException} at the first fault. After that, no method may be
 * called. One thread.
 */
public final class JsonScanner {

    /** The largest number of levels of arrays and objects in a command, including the command. */
    static final int ENVELOPE_LEVELS = 32;

    /** The largest number of levels of arrays and objects in a payload. */
    static final int DATA_LEVELS = 64;

    /** The largest number of characters of a number in a command. */
    static final int ENVELOPE_DIGITS = 64;

    private static final JsonException MALFORMED = new JsonException("malformed JSON");
    static final JsonException TOO_DEEP = new JsonException("JSON is nested too deeply");
    private static final JsonException TOO_LONG = new JsonException("a number is too long");
    private static final JsonException DUPLICATE = new JsonException("two members of one name");
    private static final JsonException WRONG_TYPE = new JsonException("a member has the wrong type");
    private static final JsonException NO_TEXT = new JsonException("half a surrogate pair in a string");

    /** Stands for the end of the text. JSON allows this character nowhere. */
    private static final char END = '\0';

    private final String text;
    private final int end;
    private int at; // the index of the next character
    private int levels = ENVELOPE_LEVELS; // those that the next value may have

    /** Reads the whole text. */
    JsonScanner(String text) {
        this(text, 0, text.length());
    }

    /** Reads the part of the text from the index {@code start} to before the index {@code stop}. */
    public JsonScanner(String text, int start, int stop) {
        this.text = text;
        this.at = start;
        this.end = stop;
    }

    /** Returns whether only whitespace is left. */
    public boolean isBlank() {
        skipWhitespace();
        return at == end;
    }

    /** Throws if more than whitespace is left. */
    public void end() {
        if (!isBlank()) {
            throw MALFORMED;
        }
    }

    /**
     * Reads the object that is next. {@code member} gets the name of each member, and must read its
     * value with another method.
     */
    public void members(Consumer<String> member) {
        enter('{');
        if (!take('}')) {
            Set<String> seen = new HashSet<>();
            do {
                if (!isNext('"')) {
                    throw MALFORMED;
                }
                String name = string();
                if (!seen.add(name)) {
                    throw DUPLICATE;
                }
                expect(':');
                member.accept(name);
            } while (take(','));
            expect('}');
        }
        levels++;
    }

    /**
     * Reads the array that is next. {@code element} runs for each element, and must read it with
     * another method.
     */
    public void elements(Runnable element) {
        enter('[');
        if (!take(']')) {
            do {
                element.run();
            } while (take(','));
            expect(']');
        }
        levels++;
    }

    /** Returns whether an object is next, without reading it. */
    public boolean isObject() {
        return isNext('{');
    }

    /** Reads the value that is next if it is {@code null}, and returns whether it was. */
    public boolean takeNull() {
        if (!isNext('n')) {
            return false;
        }
        literal("null");
        return true;
    }

    /** Reads true or false. */
    public boolean bool() {
        if (isNext('t')) {
            literal("true");
            return true;
        }
        if (isNext('f')) {
            literal("false");
            return false;
        }
        throw WRONG_TYPE;
    }

    /** Reads a number, and returns it as it stands in the text. */
    public String number() {
        char first = next();
        if (first != '-' && !isDigit(first)) {
            throw WRONG_TYPE;
        }
        int from = at;
        walkNumber(ENVELOPE_DIGITS);
        return text.substring(from, at);
    }

    /**
     * Reads a string, and returns it without escapes. Half a surrogate pair is a fault, because
     * UTF-8 cannot encode it.
     */
    public String string() {
        open('"');
        int from = at;
        boolean plain = walkString();
        return plain ? text.substring(from, at - 1) : resolve(from, at - 1);
    }

    /** Reads any value with the limits of a payload, and returns it as it stands in the text. */
    String value() {
        skipWhitespace();
        int from = at;
        walk(DATA_LEVELS, Integer.MAX_VALUE);
        return text.substring(from, at);
    }

    /** As {@link #value}, but returns null for a value with too many levels, and reads on after it. */
    public @Nullable String valueUnlessDeep() {
        int from = at;
        try {
            return value();
        } catch (JsonException fault) {
            if (fault != TOO_DEEP) {
                throw fault;
            }
            at = from;
            skipAny();
            return null;
        }
    }

    /** Reads over any value, without limits. */
    void skipAny() {
        walk(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /** Reads over any value with the limits of a command. Does not check that its names differ. */
    public void skip() {
        walk(levels, ENVELOPE_DIGITS);
    }

    private void walk(int maxLevels, int maxDigits) {
        long objects = 0; // one bit for each of the 64 innermost open levels, 1 for an object; lowest: innermost
        BitSet outer = null; // the bits of the other open levels, the outermost first
        int depth = 0;
        while (true) {
            char c = next();
            if (c == '{' || c == '[') {
                if (depth == maxLevels) {
                    throw TOO_DEEP;
                }
                at++;
                boolean object = c == '{';
                if (!take(object ? '}' : ']')) {
                    if (depth >= Long.SIZE) {
                        outer = outer == null ? new BitSet() : outer;
                        outer.set(depth - Long.SIZE, objects < 0);
                    }
                    depth++;
                    objects = objects << 1 | (object ? 1 : 0);
                    if (object) {
                        walkName();
                    }
                    continue;
                }
            } else {
                walkScalar(c, maxDigits);
            }
            while (depth > 0 && !take(',')) {
                expect((objects & 1) == 1 ? '}' : ']');
                objects >>>= 1;
                depth--;
                if (outer != null && depth >= Long.SIZE && outer.get(depth - Long.SIZE)) {
                    objects |= Long.MIN_VALUE;
                }
            }
            if (depth == 0) {
                return;
            }
            if ((objects & 1) == 1) {
                walkName();
            }
        }
    }

    private void walkName() {
        expect('"');
        walkString();
        expect(':');
    }

    private void walkScalar(char first, int maxDigits) {
        switch (first) {
            case '"' -> {
                at++;
                walkString();
            }
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            default -> walkNumber(maxDigits);
        }
    }

    /**
     * Reads from after the opening quote to after the closing quote. Returns whether the text
     * between them has neither escapes nor surrogates.
     */
    private boolean walkString() {
        boolean plain = true;
        while (at < end) {
            char c = text.charAt(at++);
            if (c == '"') {
                return plain;
            }
            if (c < ' ') {
                throw MALFORMED;
            }
            if (c == '\\') {
                walkEscape();
                plain = false;
            } else if (Character.isSurrogate(c)) {
                plain = false;
            }
        }
        throw MALFORMED;
    }

    private void walkEscape() {
        char c = peek();
        at++;
        switch (c) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {}
            case 'u' -> {
                for (int i = 0; i < 4; i++) {
                    if (!HexFormat.isHexDigit(peek())) {
                        throw MALFORMED;
                    }
                    at++;
                }
            }
            default -> throw MALFORMED;
        }
    }

    private void walkNumber(int maxDigits) {
        int from = at;
        skipIf('-');
        if (!skipIf('0')) {
            walkDigits();
        }
        if (skipIf('.')) {
            walkDigits();
        }
        if (skipIf('e') || skipIf('E')) {
            if (!skipIf('+')) {
                skipIf('-');
            }
            walkDigits();
        }
        if (at - from > maxDigits) {
            throw TOO_LONG;
        }
    }

    private void walkDigits() {
        if (!isDigit(peek())) {
            throw MALFORMED;
        }
        do {
            at++;
        } while (isDigit(peek()));
    }

    private String resolve(int from, int to) {
        String resolved = JsonText.unescape(text, from, to);
        if (resolved.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw NO_TEXT;
        }
        return resolved;
    }

    /** Reads the first character of a value, which tells its type. */
    /** Opens an array or an object. Callers that read nodes in nodes recurse, so there is a limit. */
    private void enter(char bracket) {
        open(bracket);
        if (levels-- == 0) {
            throw TOO_DEEP;
        }
    }

    private void open(char first) {
        if (!take(first)) {
            throw WRONG_TYPE;
        }
    }

    private void expect(char c) {
        if (!take(c)) {
            throw MALFORMED;
        }
    }

    private boolean take(char c) {
        return isNext(c) && skipIf(c);
    }

    private boolean isNext(char c) {
        return next() == c;
    }

    private char next() {
        skipWhitespace();
        return peek();
    }

    private void literal(String word) {
        if (!text.startsWith(word, at) || at + word.length() > end) {
            throw MALFORMED;
        }
        at += word.length();
    }

    private boolean skipIf(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    private char peek() {
        return at < end ? text.charAt(at) : END;
    }

    private void skipWhitespace() {
        while (at < end && isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isWhitespace(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
