package dev.switchboard.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** A text that whoever knows it brings in a header: as {@code Authorization: Bearer …} (RFC 6750 section 2.1), or by itself. */
public final class Key {

    private static final String SCHEME = "Bearer ";

    private static final int MIN_LENGTH = 32;

    private final byte[] text;

    /**
     * Empty for one that nobody can bring.
     *
     * @throws IllegalArgumentException if it is so short that it could be guessed; it does not repeat it
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

    /** One that may be short, for tests. */
    public static Key guessable(String text) {
        return new Key(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether that header, null if there is none, brings it; how long this takes says nothing about where it differs. */
    public boolean isIn(@Nullable String authorization) {
        return authorization != null
                && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && is(authorization.substring(SCHEME.length()).strip());
    }

    /** Whether it is this text; how long this takes says nothing about where it differs. */
    boolean is(String brought) {
        return text.length > 0 && MessageDigest.isEqual(text, brought.getBytes(StandardCharsets.UTF_8));
    }

    /** Without the text. */
    @Override
    public String toString() {
        return "Key";
    }
}
