package dev.switchboard.access;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * With what tokens are signed.
 *
 * @param setting begins the names of the settings, such as {@code switchboard.token}
 * @param secret for HS256, HS384 and HS512, empty for none
 * @param previous the secret that the present one has replaced, which still serves; empty for none
 * @param keys public keys
 * @param jwks where more public keys are, null for nowhere
 */
public record TokenKeys(
        String setting,
        String secret,
        String previous,
        List<VerifyingKey> keys,
        @Nullable URI jwks) {

    static final int SECRET_BYTES = 32;

    /** One secret, and one place of public keys. */
    public TokenKeys(String setting, String secret, @Nullable URI jwks) {
        this(setting, secret, "", List.of(), jwks);
    }

    /**
     * Takes public keys as the path of a PEM file, or as PEM itself; empty for none. {@code weak} keys are for tests.
     *
     * @throws IllegalArgumentException that names the setting
     */
    public static TokenKeys of(
            String setting, String secret, String previous, String keys, @Nullable URI jwks, boolean weak) {
        return new TokenKeys(setting, secret, previous, PemKeys.read(setting + ".keys", keys, weak), jwks);
    }

    public boolean isEmpty() {
        return secret.isEmpty() && keys.isEmpty() && jwks == null;
    }

    /** Refuses what makes no sense, and where it is {@code strict} what is weak. */
    void require(boolean strict, boolean shortSecrets) {
        if (!previous.isEmpty() && secret.isEmpty()) {
            throw new IllegalArgumentException(setting + ".secret.previous needs " + setting + ".secret");
        }
        if (strict && !shortSecrets) {
            shortSecrets().forEach(name -> {
                throw new IllegalArgumentException(name + " is shorter than " + SECRET_BYTES
                        + " bytes; switchboard.token.secret.short=true takes it");
            });
        }
        if (jwks != null && (jwks.getHost() == null || !isOf("https", jwks) && (strict || !isOf("http", jwks)))) {
            throw new IllegalArgumentException(setting + ".jwks is no https URL");
        }
    }

    /** Returns the names of the settings whose secrets could be guessed. */
    List<String> shortSecrets() {
        return Stream.of(
                        isShort(secret) ? setting + ".secret" : "",
                        isShort(previous) ? setting + ".secret.previous" : "")
                .filter(name -> !name.isEmpty())
                .toList();
    }

    boolean isJwksPlain() {
        return jwks != null && !isOf("https", jwks);
    }

    private static boolean isShort(String secret) {
        return !secret.isEmpty() && secret.getBytes(StandardCharsets.UTF_8).length < SECRET_BYTES;
    }

    private static boolean isOf(String scheme, URI uri) {
        return scheme.equals(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT));
    }

    /** Without the secrets, and without a URL that could hold one. */
    @Override
    public String toString() {
        return "TokenKeys[" + setting + "]";
    }
}
