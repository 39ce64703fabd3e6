package dev.switchboard.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** A text that whoever knows it brings as {@code Authorization: Bearer …} (RFC 6750 section 2.1). */
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
        if (!text.isEmpty() && text.length() < MIN_LENGTH) {
            throw new IllegalArgumentException("is shorter than " + MIN_LENGTH + " characters");
        }
        this.text = text.getBytes(StandardCharsets.UTF_8);
    }

    /** Whether that header, null if there is none, brings it; how long this takes says nothing about where it differs. */
    public boolean isIn(@Nullable String authorization) {
        return text.length > 0
                && authorization != null
                && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && MessageDigest.isEqual(
                        text, authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8));
    }

    /** Without the text. */
    @Override
    public String toString() {
        return "Key";
    }
}
