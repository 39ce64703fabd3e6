package dev.switchboard.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * A secret that a request sends as {@code Authorization: Bearer …} (RFC 6750 section 2.1), or by
 * itself.
 */
public final class Key {

    private static final String SCHEME = "Bearer ";

    private static final int MIN_LENGTH = 32;

    private final byte[] text;

    /**
     * An empty text is a key that no request can have.
     *
     * @throws IllegalArgumentException if the text is short enough to be guessed; its message
     *     leaves out the text
     */
    public Key(String text) {
        this(text.getBytes(StandardCharsets.UTF_8));
        if (!text.isEmpty() && text.length() < MIN_LENGTH) {
            throw new IllegalArgumentException("is shorter than " + MIN_LENGTH + " characters");
        }
    }

    private Key(byte[] text) {
        this.text = text;
    }

    /** Returns a key that may be short, for tests. */
    public static Key guessable(String text) {
        return new Key(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns whether the header has the key; null is a request without the header. The time that
     * this takes says nothing about the key.
     */
    public boolean isIn(@Nullable String authorization) {
        return authorization != null
                && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && is(authorization.substring(SCHEME.length()).strip());
    }

    /** Returns whether the text is the key. The time that this takes says nothing about the key. */
    boolean is(String sent) {
        return text.length > 0 && MessageDigest.isEqual(text, sent.getBytes(StandardCharsets.UTF_8));
    }

    /** Leaves out the text. */
    @Override
    public String toString() {
        return "Key";
    }
}
