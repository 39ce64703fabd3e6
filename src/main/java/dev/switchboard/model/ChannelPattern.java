package dev.switchboard.model;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * ChannelPattern matches the names of channels, in the syntax of Centrifugo's method {@code
 * channels}.
 *
 * <p>{@code *} and {@code **} stand for any text, {@code ?} for one character, {@code [a-z]} and
 * {@code [!ab]} for one of a class, {@code {a,b}} for one of several patterns. After a backslash
 * the next character stands for itself. The time of a match is at most proportional to the product
 * of both lengths.
 */
public final class ChannelPattern {

    /** The pattern that matches all channels. */
    public static final ChannelPattern ALL = new ChannelPattern("*");

    /** Maximum levels of braces within braces. */
    private static final int MAX_LEVELS = 16;

    /**
     * Part takes the indexes up to which a text matches so far, and returns those after this part.
     */
    private interface Part {
        BitSet match(String text, BitSet from);
    }

    private final String pattern;
    private final Part whole;
    private int at; // while the pattern is read

    private ChannelPattern(String pattern) {
        this.pattern = pattern;
        this.whole = sequence(0);
        if (at < pattern.length()) {
            throw new IllegalArgumentException("the pattern has a } without a {");
        }
    }

    /**
     * Reads a pattern. If it is malformed, throws an {@link IllegalArgumentException} with the
     * reason.
     */
    public static ChannelPattern of(String pattern) {
        return new ChannelPattern(pattern);
    }

    /** Returns whether the pattern matches the whole text. */
    public boolean matches(String text) {
        BitSet start = new BitSet();
        start.set(0);
        return whole.match(text, start).get(text.length());
    }

    /** Returns the pattern as it was read. */
    public String text() {
        return pattern;
    }

    /** Reads to the end of the pattern or, within braces, to a comma or the closing brace. */
    private Part sequence(int level) {
        List<Part> parts = new ArrayList<>();
        while (at < pattern.length() && pattern.charAt(at) != '}' && !(level > 0 && pattern.charAt(at) == ',')) {
            parts.add(part(level));
        }
        return (text, from) -> {
            BitSet places = from;
            for (Part part : parts) {
                places = part.match(text, places);
            }
            return places;
        };
    }

    private Part part(int level) {
        int c = take();
        return switch (c) {
            case '*' -> ChannelPattern::rest;
            case '?' -> one(any -> true);
            case '[' -> characterClass();
            case '{' -> alternatives(level + 1);
            default -> {
                int meant = c == '\\' ? escaped() : c;
                yield one(other -> other == meant);
            }
        };
    }

    private int take() {
        int c = pattern.codePointAt(at);
        at += Character.charCount(c);
        return c;
    }

    private int escaped() {
        if (at == pattern.length()) {
            throw new IllegalArgumentException("the pattern ends with a backslash");
        }
        return take();
    }

    private static BitSet rest(String text, BitSet from) {
        BitSet places = new BitSet();
        if (!from.isEmpty()) {
            places.set(from.nextSetBit(0), text.length() + 1);
        }
        return places;
    }

    private static Part one(IntPredicate meant) {
        return (text, from) -> {
            BitSet places = new BitSet();
            for (int i = from.nextSetBit(0); i >= 0 && i < text.length(); i = from.nextSetBit(i + 1)) {
                int c = text.codePointAt(i);
                if (meant.test(c)) {
                    places.set(i + Character.charCount(c));
                }
            }
            return places;
        };
    }

    /** Reads the characters after an opening bracket. */
    private Part characterClass() {
        boolean except = at < pattern.length() && pattern.charAt(at) == '!';
        if (except) {
            at++;
        }
        IntPredicate meant = none -> false;
        boolean empty = true;
        while (at < pattern.length() && pattern.charAt(at) != ']') {
            int first = member();
            int last = first;
            if (pattern.startsWith("-", at) && !pattern.startsWith("-]", at)) {
                at++;
                last = at < pattern.length() ? member() : -1;
            }
            meant = meant.or(between(first, last));
            empty = false;
        }
        if (at == pattern.length() || empty) {
            throw new IllegalArgumentException("the pattern has a [ without characters and a ] after it");
        }
        at++;
        return one(except ? meant.negate() : meant);
    }

    private int member() {
        int c = take();
        return c == '\\' ? escaped() : c;
    }

    private static IntPredicate between(int first, int last) {
        if (last < first) {
            throw new IllegalArgumentException("the pattern has a range that ends before it begins");
        }
        return c -> c >= first && c <= last;
    }

    /** Reads the patterns after an opening brace. */
    private Part alternatives(int level) {
        if (level > MAX_LEVELS) {
            throw new IllegalArgumentException("the pattern has more than " + MAX_LEVELS + " braces in one another");
        }
        List<Part> patterns = new ArrayList<>();
        int end;
        do {
            patterns.add(sequence(level));
            if (at == pattern.length()) {
                throw new IllegalArgumentException("the pattern has a { without a }");
            }
            end = take();
        } while (end == ',');
        return (text, from) -> {
            BitSet places = new BitSet();
            patterns.forEach(each -> places.or(each.match(text, from)));
            return places;
        };
    }
}
