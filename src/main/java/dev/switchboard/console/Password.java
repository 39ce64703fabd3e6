package dev.switchboard.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks a password of the console, which the setting holds as it is or as a hash (PBKDF2, RFC 8018
 * section 5.2).
 */
public final class Password {

    /** A password that no operator has. */
    public static final Password NONE = new Password(new byte[0], null);

    private static final int MIN_LENGTH = 12;

    /** The name of the scheme, with which each hash begins. */
    private static final String SCHEME = "pbkdf2-sha256";

    private static final Pattern HASH =
            Pattern.compile(Pattern.quote(SCHEME) + "\\$(\\d{4,8})\\$([A-Za-z0-9+/]{16,})\\$([A-Za-z0-9+/]{43})");

    /** Takes about a third of a second, so that a stolen hash takes long to guess. */
    private static final int ITERATIONS = 600_000;

    private static final int SALT_BYTES = 16;
    private static final int HASH_BITS = 256;

    /** The way from a password to its hash. */
    private record Derivation(int iterations, byte[] salt) {

        byte[] apply(String text) {
            PBEKeySpec spec = new PBEKeySpec(text.toCharArray(), salt, iterations, HASH_BITS);
            try {
                return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                        .generateSecret(spec)
                        .getEncoded();
            } catch (GeneralSecurityException absent) {
                throw new IllegalStateException("this Java has no PBKDF2 with SHA-256", absent);
            } finally {
                spec.clearPassword();
            }
        }
    }

    private final byte[] expected;
    private final @Nullable Derivation derivation; // null if the setting is the password itself

    private Password(byte[] expected, @Nullable Derivation derivation) {
        this.expected = expected;
        this.derivation = derivation;
    }

    /**
     * Reads the value of a setting; an empty one is {@link #NONE}.
     *
     * @throws IllegalArgumentException if the password is short, or the hash is malformed; the
     *     message leaves out the value
     */
    public static Password of(String setting) {
        if (setting.isEmpty()) {
            return NONE;
        }
        if (setting.startsWith(SCHEME)) {
            Matcher hash = HASH.matcher(setting);
            if (!hash.matches()) {
                throw new IllegalArgumentException("must be " + SCHEME
                        + "$ITERATIONS$SALT$HASH as \"java -jar switchboard.war password\" prints it");
            }
            Base64.Decoder base64 = Base64.getDecoder();
            return new Password(
                    base64.decode(hash.group(3)),
                    new Derivation(Integer.parseInt(hash.group(1)), base64.decode(hash.group(2))));
        }
        requireLong(setting);
        return new Password(digest(setting), null);
    }

    private static void requireLong(String text) {
        if (text.length() < MIN_LENGTH) {
            throw new IllegalArgumentException("must have at least " + MIN_LENGTH + " characters");
        }
    }

    /**
     * Returns the value of a setting that holds the hash of the password. Takes a moment.
     *
     * @throws IllegalArgumentException if the password is short
     */
    public static String hash(String text) {
        requireLong(text);
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return SCHEME + "$" + ITERATIONS + "$" + base64.encodeToString(salt) + "$"
                + base64.encodeToString(new Derivation(ITERATIONS, salt).apply(text));
    }

    /** Returns false for {@link #NONE}. */
    public boolean isSet() {
        return expected.length > 0;
    }

    /**
     * Returns whether the text is the password. The time that this takes says nothing about the
     * password. For a hash it takes a moment.
     */
    boolean is(String text) {
        byte[] sent = derivation == null ? digest(text) : derivation.apply(text);
        return MessageDigest.isEqual(expected, sent);
    }

    /** Makes all texts equally long, because a comparison of different lengths ends early. */
    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
        } catch (GeneralSecurityException absent) {
            throw new IllegalStateException("this Java has no SHA-256", absent);
        }
    }

    /** Leaves out the password and its hash. */
    @Override
    public String toString() {
        return "Password";
    }
}
