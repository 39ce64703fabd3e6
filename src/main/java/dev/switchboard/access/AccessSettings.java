package dev.switchboard.access;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has said about who may connect.
 *
 * @param secret with which tokens of HS256, HS384 and HS512 are signed, empty for none; 32 bytes at least
 * @param jwks where the public keys of all other tokens are, null for nowhere; {@code https} alone
 * @param audience to whom a token must be addressed, empty for anybody
 * @param issuer from whom a token must be, empty for anybody
 * @param lifetime how far ahead a token may expire, where access is not insecure
 * @param leeway how far the clock of the issuer may be ahead; up to 60 s
 */
public record AccessSettings(
        Access access,
        String secret,
        @Nullable URI jwks,
        String audience,
        String issuer,
        Duration lifetime,
        Duration leeway,
        Use use) {

    /** How often a connection token may be used. */
    public enum Use {
        /** Until it expires. */
        REPEATED,
        /** For one connect or one refresh, told by its {@code jti}. */
        ONCE
    }

    private static final int SECRET_BYTES = 32;

    private static final Duration LONGEST_LEEWAY = Duration.ofSeconds(60);

    /** Insecure access takes short secrets and {@code http} as well; an {@link IllegalArgumentException} names the setting. */
    public AccessSettings {
        boolean strict = access != Access.INSECURE;
        if (strict && isShort(secret)) {
            throw new IllegalArgumentException("switchboard.token.secret is shorter than " + SECRET_BYTES + " bytes");
        }
        if (leeway.compareTo(LONGEST_LEEWAY) > 0) {
            throw new IllegalArgumentException("switchboard.token.leeway is longer than 60s");
        }
        if (jwks != null && (jwks.getHost() == null || !isOf("https", jwks) && (strict || !isOf("http", jwks)))) {
            throw new IllegalArgumentException("switchboard.token.jwks is no https URL");
        }
        if (access == Access.TOKEN && secret.isEmpty() && jwks == null) {
            throw new IllegalArgumentException(
                    "switchboard.access=token needs switchboard.token.secret or switchboard.token.jwks");
        }
    }

    /** Returns whether a client needs neither a token nor a login. */
    public boolean isOpen() {
        return access == Access.OPEN || access == Access.INSECURE;
    }

    private static boolean isShort(String secret) {
        return !secret.isEmpty() && secret.getBytes(StandardCharsets.UTF_8).length < SECRET_BYTES;
    }

    private static boolean isOf(String scheme, URI uri) {
        return scheme.equals(String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT));
    }

    boolean isSecretShort() {
        return isShort(secret);
    }

    boolean isJwksPlain() {
        return jwks != null && !isOf("https", jwks);
    }

    /** Without the secret, and without a URL that could hold one. */
    @Override
    public String toString() {
        return "AccessSettings[" + access + "]";
    }
}
