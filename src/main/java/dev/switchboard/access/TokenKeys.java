package dev.switchboard.access;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Holds the secrets and the public keys of tokens.
 *
 * @param setting start of the names of the settings, such as {@code switchboard.token}
 * @param secret secret of HS256, HS384 and HS512, empty for none
 * @param previous the secret before {@code secret}, which is still valid; empty for none
 * @param keys public keys
 * @param jwks URL of more public keys, null for none
 */
public record TokenKeys(
        String setting,
        String secret,
        String previous,
        List<VerifyingKey> keys,
        @Nullable URI jwks) {

    static final int SECRET_BYTES = 32;

    /** Has one secret, and one URL of public keys. */
    public TokenKeys(String setting, String secret, @Nullable URI jwks) {
        this(setting, secret, "", List.of(), jwks);
    }

    /**
     * Reads {@code keys}: the path of a PEM file, or PEM itself, or empty for none. Short keys are
     * accepted only if {@code weak}, for tests.
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

    /**
     * Checks the keys, and refuses weak ones if {@code strict}.
     *
     * @throws IllegalArgumentException that names the setting
     */
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
        if (jwks != null
                && (jwks.getHost() == null || !hasScheme("https", jwks) && (strict || !hasScheme("http", jwks)))) {
            throw new IllegalArgumentException(setting + ".jwks is no https URL");
        }
    }

    /** Returns the names of the settings whose secrets are short. */
    List<String> shortSecrets() {
        return Stream.of(
                        isShort(secret) ? setting + ".secret" : "",
                        isShort(previous) ? setting + ".secret.previous" : "")
                .filter(name -> !name.isEmpty())
                .toList();
    }

    boolean isJwksPlain() {
        return jwks != null && !hasScheme("https", jwks);
    }

    private static boolean isShort(String secret) {
        return !secret.isEmpty() && secret.getBytes(StandardCharsets.UTF_8).length < SECRET_BYTES;
    }

    private static boolean hasScheme(String scheme, URI uri) {
        return scheme.equals(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT));
    }

    /** Leaves out secrets, and the URL, which may hold one. */
    @Override
    public String toString() {
        return "TokenKeys[" + setting + "]";
    }
}
