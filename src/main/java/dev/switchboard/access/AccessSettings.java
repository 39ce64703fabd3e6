package dev.switchboard.access;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has said about who may connect.
 *
 * @param secret with which tokens of HS256, HS384 and HS512 are signed, empty for none; 32 bytes at least
 * @param jwks where the public keys of all other tokens are, null for nowhere; {@code https} alone
 * @param audience to whom a token must be addressed, empty for anybody
 * @param issuer from whom a token must be, empty for anybody
 */
public record AccessSettings(
        Access access, String secret, @Nullable URI jwks, String audience, String issuer) {

    private static final int SECRET_BYTES = 32;

    /** Insecure access takes short secrets and {@code http} as well; an {@link IllegalArgumentException} names the setting. */
    public AccessSettings {
        boolean strict = access != Access.INSECURE;
        if (strict && !secret.isEmpty() && secret.getBytes(StandardCharsets.UTF_8).length < SECRET_BYTES) {
            throw new IllegalArgumentException("switchboard.token.secret is shorter than " + SECRET_BYTES + " bytes");
        }
        if (jwks != null) {
            String scheme = String.valueOf(jwks.getScheme()).toLowerCase(Locale.ROOT);
            if (jwks.getHost() == null || !(scheme.equals("https") || scheme.equals("http") && !strict)) {
                throw new IllegalArgumentException("switchboard.token.jwks is no https URL");
            }
        }
        if (access == Access.TOKEN && secret.isEmpty() && jwks == null) {
            throw new IllegalArgumentException(
                    "switchboard.access=token needs switchboard.token.secret or switchboard.token.jwks");
        }
    }

    /** Without the secret, and without a URL that could hold one. */
    @Override
    public String toString() {
        return "AccessSettings[" + access + "]";
    }
}
